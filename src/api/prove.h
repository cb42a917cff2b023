/* What a descriptor must keep that no compiler sees and no request would tell. */
#ifndef OSP_API_PROVE_H
#define OSP_API_PROVE_H

#include <openspeed/type.h>

/* Examples are JSON and fit; names of an enum, and of the cases of a union, are one each; a case is
 * an object without a member of the discriminator's name.  The type itself, not what it leads to.
 * Returns  OSP_OK | OSP_E_INVALID (err begins with the place) | OSP_E_NOMEM */
OSP_MUST_CHECK osp_status osp_type_prove(const osp_type *type, osp_error *err);

#endif
