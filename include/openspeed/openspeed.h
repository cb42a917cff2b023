/* Everything an application uses, in one include. */
#ifndef OPENSPEED_H
#define OPENSPEED_H
#include <openspeed/answer.h>
#include <openspeed/app.h>
#include <openspeed/base.h>
#include <openspeed/concurrency.h>
#include <openspeed/data.h>
#include <openspeed/file.h>
#include <openspeed/form.h>
#include <openspeed/guard.h>
#include <openspeed/link.h>
#include <openspeed/matcher.h>
#include <openspeed/middleware.h>
#include <openspeed/mw.h>
#include <openspeed/page.h>
#include <openspeed/provider.h>
#include <openspeed/query.h>
#include <openspeed/reflect.h>
#include <openspeed/template.h>
#include <openspeed/transaction.h>
#include <openspeed/type.h>
#endif
