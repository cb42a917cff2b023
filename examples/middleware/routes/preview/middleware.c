#include "lib/words.h"

OSP_USE(osp_basic, .realm = "Preview", .verify = knows_password);
