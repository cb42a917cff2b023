/* An order, described once: this is all that reading, checking, writing and documenting need. */
#ifndef ORDER_H
#define ORDER_H

#include <openspeed/openspeed.h>

typedef enum Status { STATUS_OPEN, STATUS_PAID, STATUS_SENT } Status;
OSP_ENUM(Status, (STATUS_OPEN, "open"), (STATUS_PAID, "paid"), (STATUS_SENT, "sent"));
OSP_LIST_OF(Status);
OSP_OPT_OF(Status);

typedef struct Address { osp_str street, city; osp_opt_str note; } Address;
OSP_TYPE(Address, FIELD(street, .min_len = 1), FIELD(city, .min_len = 1), FIELD(note),
         OPTIONS(.additional = OSP_REJECT, .doc = "Where it goes"));

typedef struct Item { osp_str sku; int32_t count; osp_decimal price; } Item;
OSP_TYPE(Item, FIELD(sku, .pattern = "^[A-Z]{3}-[0-9]{4}$", .example = "\"ABC-1234\""),
         FIELD(count, RANGE(1, 999)), FIELD(price, AT_LEAST(0), .doc = "Exact, such as 12.50"));
OSP_LIST_OF(Item);

typedef struct Card { osp_str number, expires; } Card;
OSP_TYPE(Card, FIELD(number, .pattern = "^[0-9]{12,19}$", .secret = true),
         FIELD(expires, .pattern = "^(0[1-9]|1[0-2])/[0-9]{2}$"));

typedef struct Transfer { osp_str iban; } Transfer;
OSP_TYPE(Transfer, FIELD(iban, .min_len = 15, .max_len = 34));

/* In JSON: {"by": "card", "number": ...} or {"by": "transfer", "iban": ...}. */
typedef enum PaymentKind { BY_CARD, BY_TRANSFER } PaymentKind;
typedef struct Payment { PaymentKind by; union { Card card; Transfer transfer; }; } Payment;
OSP_UNION(Payment, by, "by", CASE(BY_CARD, "card", card, Card),
          CASE(BY_TRANSFER, "transfer", transfer, Transfer));

/* A check of our own: NULL, or what is wrong. */
static const char *is_weekday(const osp_date *day)
{
    static const int month_days[] = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 };
    const int year = day->year - (day->month < 3);
    const int weekday = (year + year / 4 - year / 100 + year / 400 + month_days[day->month - 1] + day->day) % 7;
    return weekday == 0 || weekday == 6 ? "must be a day from Monday to Friday" : NULL;
}
OSP_CHECKER(is_weekday, osp_date);

typedef struct Order {
    osp_uuid id;
    osp_time created;
    Status status;
    osp_str email;
    Address to;
    Item_list items;
    Payment payment;
    osp_opt_date deliver;
    osp_str_list tags;
    osp_str_map labels;
    double place[2];
} Order;
OSP_TYPE(Order, FIELD(id, .read_only = true), FIELD(created, .read_only = true),
         ENUM(status, Status, .fallback = "open"), FIELD(email, .format = OSP_FORMAT_EMAIL),
         OBJECT(to, Address), LIST(items, Item, .min_len = 1, .max_len = 50),
         OBJECT(payment, Payment), FIELD(deliver, CHECK(is_weekday)),
         LIST(tags, osp_str, .unique = true, EACH(.min_len = 1, .max_len = 20), .fallback = ""),
         MAP(labels, osp_str, .max_len = 10, .fallback = "{}"),
         ARRAY(place, double, .doc = "Longitude and latitude"));
OSP_LIST_OF(Order);

#endif
