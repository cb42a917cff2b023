/* While there is no generation of the application that serves, this one does: it has no routes, and
 * its agent answers every URL. */
#include <openspeed/manifest.h>

#include "app/dev.h"
#include "dev/dev.h"

static const osp_route_node root = { .kind = OSP_NODE_STATIC_ONLY };
static const osp_route_leaf *const leaves[] = { NULL };
static const osp_app_def blank = {
    .name = "openspeed", .root = &root, .leaves = leaves, .dev = &osp_dev_agent
};

int osp_dev_blank_main(int argc, char **argv)
{
    return osp_serve_main(&blank, argc, argv);
}
