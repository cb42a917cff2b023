/* What one JSON document of 2 KB costs, into a struct and out of it.
 *
 *     json_cost SCENARIO COUNT      SCENARIO: decode, encode
 *
 * Run under callgrind by tools/instructions, whose figure is recorded in bench/baseline.json, and
 * against RapidJSON by bench/json.  The document has what documents have: names, numbers, nested
 * objects, lists, times, one string with escapes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/json_document.h"
#include "type/json.h"

typedef struct Customer {
    int64_t id;
    osp_str name, email, phone;
    bool vip;
    osp_time since;
} Customer;
OSP_TYPE(Customer, FIELD(id), FIELD(name, .max_len = 100), FIELD(email), FIELD(phone), FIELD(vip),
         FIELD(since));

typedef struct Address {
    osp_str street, city, postcode, country;
    double latitude, longitude;
} Address;
OSP_TYPE(Address, FIELD(street), FIELD(city), FIELD(postcode), FIELD(country), FIELD(latitude),
         FIELD(longitude));

typedef struct Item {
    osp_str sku, title;
    int32_t quantity;
    double price, weight;
    osp_str_list tags;
} Item;
OSP_TYPE(Item, FIELD(sku), FIELD(title), FIELD(quantity, AT_LEAST(1)), FIELD(price), FIELD(weight),
         LIST(tags, osp_str));
OSP_LIST_OF(Item);

typedef struct Order {
    int64_t number;
    osp_str status;
    osp_time placed_at, updated_at;
    osp_str currency;
    double total, tax;
    bool paid;
    Customer customer;
    Address shipping;
    Item_list items;
    osp_time_list history;
    int64_t_list scores;
    osp_str notes;
    osp_opt_str coupon;
} Order;
OSP_TYPE(Order, FIELD(number), FIELD(status), FIELD(placed_at), FIELD(updated_at), FIELD(currency),
         FIELD(total), FIELD(tax), FIELD(paid), OBJECT(customer, Customer),
         OBJECT(shipping, Address), LIST(items, Item), LIST(history, osp_time),
         LIST(scores, int64_t), FIELD(notes), FIELD(coupon));

static void decode(Order *order, osp_arena *arena)
{
    const osp_decoding how = { .arena = arena };
    memset(order, 0, sizeof(*order));
    const osp_str text = { ORDER, sizeof(ORDER) - 1 };
    if (osp_json_decode(&osp_type_Order, order, text, &how, NULL) != OSP_OK) {
        abort();
    }
}

int main(int argc, char **argv)
{
    static char first[16384], storage[8192];
    const bool decodes = argc == 3 && strcmp(argv[1], "decode") == 0;
    if (!decodes && (argc != 3 || strcmp(argv[1], "encode") != 0)) {
        fprintf(stderr, "usage: json_cost decode|encode COUNT\n");
        return 2;
    }
    Order order;
    osp_arena arena;
    osp_buf out;
    osp_arena_init(&arena, first, sizeof(first), 1 << 20);
    osp_buf_init(&out, storage, sizeof(storage), sizeof(storage));
    decode(&order, &arena);
    const osp_str text = { ORDER, sizeof(ORDER) - 1 };
    if (osp_json_encode(&osp_type_Order, &order, &out) != OSP_OK ||
        !osp_str_equal((osp_str){ out.ptr, out.len }, text)) {
        fprintf(stderr, "not the same document:\n%.*s\n", (int)out.len, out.ptr);
        return 1;
    }
    for (long n = strtol(argv[2], NULL, 10); n > 0; n--) {
        if (decodes) {
            osp_arena_reset(&arena);
            decode(&order, &arena);
        } else {
            out.len = 0;
            if (osp_json_encode(&osp_type_Order, &order, &out) != OSP_OK) {
                abort();
            }
        }
    }
    return 0;
}
