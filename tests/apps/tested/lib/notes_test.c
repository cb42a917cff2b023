#include "lib/notes.h"

#include <openspeed/test.h>

OSP_TEST(counts, "functions of lib/ are called with a context and the migrated database")
{
    OSP_EXPECT_INT(notes_count(osp_test_ctx(app)), 1);
    osp_db_exec(osp_test_ctx(app), "INSERT INTO note (text) VALUES ('x'), ('y')");
    OSP_EXPECT_INT(notes_count(osp_test_ctx(app)), 3);
}
OSP_TEST(counts_again, "each test has a database of its own")
{
    OSP_EXPECT_INT(notes_count(osp_test_ctx(osp_test_app())), 1);
}
