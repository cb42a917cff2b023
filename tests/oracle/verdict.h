/* What a generated file of types gives to tests/oracle/verdict.c. */
#ifndef OSP_TESTS_ORACLE_VERDICT_H
#define OSP_TESTS_ORACLE_VERDICT_H

#include <openspeed/type.h>

extern const osp_type *const osp_oracle_types[];
extern const size_t osp_oracle_type_count;

#endif
