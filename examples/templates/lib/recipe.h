#ifndef RECIPE_H
#define RECIPE_H

#include <openspeed/openspeed.h>

typedef enum Level { LEVEL_EASY, LEVEL_HARD } Level;
OSP_ENUM(Level, (LEVEL_EASY, "easy"), (LEVEL_HARD, "hard"));

typedef struct Cook {
    osp_str name;
    osp_opt_str site;
} Cook;
OSP_TYPE(Cook, FIELD(name), FIELD(site));

typedef struct Step {
    osp_str text;
    int64_t minutes;
} Step;
OSP_LIST_OF(Step);
OSP_TYPE(Step, FIELD(text), FIELD(minutes));

typedef struct Recipe {
    osp_str title;
    Level level;
    Cook *cook; /* NULL: nobody knows */
    osp_str_list tags;
    Step_list steps;
    osp_time written;
    int64_t stars;
    osp_markup note;
} Recipe;
OSP_TYPE(Recipe, FIELD(title), ENUM(level, Level), MAYBE(cook, Cook), LIST(tags, osp_str), LIST(steps, Step),
         FIELD(written), FIELD(stars), FIELD(note));

const Recipe *recipe_of_the_day(void);

#endif
