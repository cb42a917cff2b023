#include "lib/words.h"

OSP_USE(osp_bearer, .realm = "Machines", .verify = knows_token);
