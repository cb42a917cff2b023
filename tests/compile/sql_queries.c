/* Functions of queries in .sql files: each form of argument and of row, declared before or not, for
 * a request or for a task.
 *
 * EXPECT: nothing */
#include <openspeed/openspeed.h>

typedef struct Person {
    int64_t id;
    osp_str name;
} Person;
OSP_LIST_OF(Person);
OSP_TYPE(Person, FIELD(id), FIELD(name));

typedef struct NewPerson {
    osp_str name;
    osp_opt_int age;
    osp_time born;
    osp_str_list nicknames;
} NewPerson;
OSP_TYPE(NewPerson, FIELD(name), FIELD(age), FIELD(born), LIST(nicknames, osp_str));

Person *person_by_id(osp_ctx *ctx, int64_t id);
OSP_QUERY_ONE(Person, person_by_id, (int64_t, id));

OSP_QUERY(Person, person_all);
OSP_QUERY(Person, person_page, (osp_opt_str, name), (bool, grown), (const char *, city),
          (double, score), (unsigned, limit));
OSP_QUERY_ONE(int64_t, person_count);
OSP_QUERY_ONE(bool, person_exists, (osp_str, name));

int64_t person_add(osp_ctx *ctx, const NewPerson *person, int64_t by);
OSP_QUERY_EXEC(person_add, NewPerson, (int64_t, by));
OSP_QUERY_EXEC(person_erase_all);

int64_t use(osp_ctx *ctx, const NewPerson *person);
int64_t use(osp_ctx *ctx, const NewPerson *person)
{
    const Person *one = person_by_id(ctx, 5);
    const Person_list all = person_all(ctx);
    const Person_list page = person_page(
        ctx, person->age.is ? (osp_opt_str)SET(S("x")) : (osp_opt_str){ 0 }, true, "here", 1.5, 20);
    const int64_t *count = person_count(ctx);
    const bool *exists = person_exists(ctx, person->name);
    if (one == NULL || count == NULL || exists == NULL) {
        return (int64_t)(all.count + page.count);
    }
    return *count + *exists + person_add(ctx, person, one->id) + person_erase_all(ctx);
}

/* tcc has no type that is either: there a query takes an osp_ctx *. */
#ifndef __TINYC__
Person *person_of_task(osp_task *task, int64_t id);
OSP_QUERY_ONE(Person, person_of_task, (int64_t, id));
Person_list of_task(osp_task *task);
Person_list of_task(osp_task *task)
{
    return person_of_task(task, 5) != NULL ? person_all(task) : (Person_list){ 0 };
}
#endif
