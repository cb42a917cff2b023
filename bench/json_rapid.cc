// The work of json_cost.c by RapidJSON, as its users write it.
//
//     json_rapid SCENARIO COUNT      SCENARIO: dom, insitu, sax, sax-full, encode
//
// dom copies the members of a parsed document into a struct, insitu parses in place into slices, sax
// fills the struct from events (strings are slices of the text that is parsed in place).  sax-full
// asks for what the codec always does: valid UTF-8 and the nearest double.  Built and run by
// bench/json alone, and no part of the library.
#define RAPIDJSON_SSE2
#include <rapidjson/document.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bench/json_document.h"

using namespace rapidjson;

namespace {

// ---------------------------------------------------------------- the struct

template <typename Text> struct Customer {
    int64_t id;
    Text name, email, phone;
    bool vip;
    int64_t since;
};

template <typename Text> struct Address {
    Text street, city, postcode, country;
    double latitude, longitude;
};

template <typename Text> struct Item {
    Text sku, title;
    int32_t quantity;
    double price, weight;
    std::vector<Text> tags;
};

template <typename Text> struct Order {
    int64_t number;
    Text status;
    int64_t placed_at, updated_at;
    Text currency;
    double total, tax;
    bool paid;
    Customer<Text> customer;
    Address<Text> shipping;
    std::vector<Item<Text>> items;
    std::vector<int64_t> history;
    std::vector<int64_t> scores;
    Text notes;
    bool has_coupon;
    Text coupon;
};

[[noreturn]] void refuse()
{
    std::abort();
}

// ---------------------------------------------------------------- times

int digits(const char *at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            refuse();
        }
        value = value * 10 + at[i] - '0';
    }
    return value;
}

// Days since 1970-01-01, years that begin in March.
int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    const int64_t era = year / 400, of_era = year % 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

// Microseconds of "2026-01-31T12:00:00.5Z".
int64_t time_of(const char *at, size_t len)
{
    if (len < 20 || at[4] != '-' || at[7] != '-' || at[10] != 'T' || at[13] != ':' ||
        at[16] != ':' || at[len - 1] != 'Z') {
        refuse();
    }
    const int month = digits(at + 5, 2), day = digits(at + 8, 2), hour = digits(at + 11, 2);
    const int minute = digits(at + 14, 2), second = digits(at + 17, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
        refuse();
    }
    int64_t us = 0;
    if (at[19] == '.') {
        int64_t weight = 100000;
        for (const char *digit = at + 20; digit < at + len - 1; digit++, weight /= 10) {
            us += digits(digit, 1) * weight;
        }
    }
    const int64_t days = days_of(digits(at, 4), month, day);
    return ((days * 24 + hour) * 60 + minute) * 60000000 + second * 1000000 + us;
}

void put_digits(char *at, int64_t value, int count)
{
    while (count-- > 0) {
        at[count] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

size_t write_time(int64_t us, char *out)
{
    int64_t seconds = us / 1000000;
    us %= 1000000;
    const int64_t days = seconds / 86400 + 719468;
    seconds %= 86400;
    const int64_t era = days / 146097, of_era = days % 146097;
    const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * of_year + 2) / 153;
    std::memcpy(out, "0000-00-00T00:00:00", 19);
    put_digits(out, era * 400 + year + (month > 9), 4);
    put_digits(out + 5, month + (month < 10 ? 3 : -9), 2);
    put_digits(out + 8, of_year - (153 * month + 2) / 5 + 1, 2);
    put_digits(out + 11, seconds / 3600, 2);
    put_digits(out + 14, seconds / 60 % 60, 2);
    put_digits(out + 17, seconds % 60, 2);
    size_t len = 19;
    if (us != 0) {
        out[len] = '.';
        put_digits(out + len + 1, us, 6);
        len += 7;
        while (out[len - 1] == '0') {
            len--;
        }
    }
    out[len] = 'Z';
    return len + 1;
}

// ---------------------------------------------------------------- from a document

const Value &member(const Value &object, const char *name)
{
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd()) {
        refuse();
    }
    return found->value;
}

template <typename Text> Text text_of(const Value &object, const char *name)
{
    const Value &value = member(object, name);
    if (!value.IsString()) {
        refuse();
    }
    return Text(value.GetString(), value.GetStringLength());
}

int64_t whole_of(const Value &value)
{
    if (!value.IsInt64()) {
        refuse();
    }
    return value.GetInt64();
}

double number_of(const Value &object, const char *name)
{
    const Value &value = member(object, name);
    if (!value.IsNumber()) {
        refuse();
    }
    return value.GetDouble();
}

bool truth_of(const Value &object, const char *name)
{
    const Value &value = member(object, name);
    if (!value.IsBool()) {
        refuse();
    }
    return value.GetBool();
}

int64_t time_in(const Value &value)
{
    if (!value.IsString()) {
        refuse();
    }
    return time_of(value.GetString(), value.GetStringLength());
}

const Value &of_sort(const Value &value, bool fits)
{
    if (!fits) {
        refuse();
    }
    return value;
}

const Value &object_in(const Value &object, const char *name)
{
    const Value &value = member(object, name);
    return of_sort(value, value.IsObject());
}

const Value &list_in(const Value &object, const char *name)
{
    const Value &value = member(object, name);
    return of_sort(value, value.IsArray());
}

template <typename Text> void read_item(const Value &from, Item<Text> &item)
{
    item.sku = text_of<Text>(from, "sku");
    item.title = text_of<Text>(from, "title");
    item.quantity = static_cast<int32_t>(whole_of(member(from, "quantity")));
    item.price = number_of(from, "price");
    item.weight = number_of(from, "weight");
    const Value &tags = list_in(from, "tags");
    item.tags.reserve(tags.Size());
    for (const Value &tag : tags.GetArray()) {
        if (!tag.IsString()) {
            refuse();
        }
        item.tags.emplace_back(tag.GetString(), tag.GetStringLength());
    }
}

template <typename Text> void read_order(const Value &from, Order<Text> &order)
{
    of_sort(from, from.IsObject());
    order.number = whole_of(member(from, "number"));
    order.status = text_of<Text>(from, "status");
    order.placed_at = time_in(member(from, "placed_at"));
    order.updated_at = time_in(member(from, "updated_at"));
    order.currency = text_of<Text>(from, "currency");
    order.total = number_of(from, "total");
    order.tax = number_of(from, "tax");
    order.paid = truth_of(from, "paid");
    const Value &customer = object_in(from, "customer");
    order.customer.id = whole_of(member(customer, "id"));
    order.customer.name = text_of<Text>(customer, "name");
    order.customer.email = text_of<Text>(customer, "email");
    order.customer.phone = text_of<Text>(customer, "phone");
    order.customer.vip = truth_of(customer, "vip");
    order.customer.since = time_in(member(customer, "since"));
    const Value &shipping = object_in(from, "shipping");
    order.shipping.street = text_of<Text>(shipping, "street");
    order.shipping.city = text_of<Text>(shipping, "city");
    order.shipping.postcode = text_of<Text>(shipping, "postcode");
    order.shipping.country = text_of<Text>(shipping, "country");
    order.shipping.latitude = number_of(shipping, "latitude");
    order.shipping.longitude = number_of(shipping, "longitude");
    const Value &items = list_in(from, "items");
    order.items.resize(items.Size());
    for (SizeType i = 0; i < items.Size(); i++) {
        read_item(of_sort(items[i], items[i].IsObject()), order.items[i]);
    }
    for (const Value &time : list_in(from, "history").GetArray()) {
        order.history.push_back(time_in(time));
    }
    for (const Value &score : list_in(from, "scores").GetArray()) {
        order.scores.push_back(whole_of(score));
    }
    order.notes = text_of<Text>(from, "notes");
    order.has_coupon = !member(from, "coupon").IsNull();
    if (order.has_coupon) {
        order.coupon = text_of<Text>(from, "coupon");
    }
}

// ---------------------------------------------------------------- from events

// One state for each container; the last name tells what a value is of.
class Handler : public BaseReaderHandler<UTF8<>, Handler> {
public:
    explicit Handler(Order<std::string_view> &order) : order_(order) {}

    bool Default() { return false; }
    bool Null() { return where_ == ORDER_AT && key_ == "coupon" && !(order_.has_coupon = false); }
    bool Bool(bool value)
    {
        if (where_ == ORDER_AT && key_ == "paid") {
            order_.paid = value;
            return true;
        }
        if (where_ == CUSTOMER && key_ == "vip") {
            order_.customer.vip = value;
            return true;
        }
        return false;
    }
    bool Int(int value) { return Int64(value); }
    bool Uint(unsigned value) { return Int64(value); }
    bool Uint64(uint64_t value) { return Int64(static_cast<int64_t>(value)); }
    bool Int64(int64_t value)
    {
        switch (where_) {
        case ORDER_AT:
            if (key_ == "number") {
                order_.number = value;
                return true;
            }
            break;
        case CUSTOMER:
            if (key_ == "id") {
                order_.customer.id = value;
                return true;
            }
            break;
        case ITEM:
            if (key_ == "quantity") {
                order_.items.back().quantity = static_cast<int32_t>(value);
                return true;
            }
            break;
        case SCORES:
            order_.scores.push_back(value);
            return true;
        default:
            break;
        }
        return Double(static_cast<double>(value));
    }
    bool Double(double value)
    {
        double *slot = nullptr;
        switch (where_) {
        case ORDER_AT:
            slot = key_ == "total" ? &order_.total : key_ == "tax" ? &order_.tax : nullptr;
            break;
        case SHIPPING:
            slot = key_ == "latitude"    ? &order_.shipping.latitude
                   : key_ == "longitude" ? &order_.shipping.longitude
                                         : nullptr;
            break;
        case ITEM:
            slot = key_ == "price"    ? &order_.items.back().price
                   : key_ == "weight" ? &order_.items.back().weight
                                      : nullptr;
            break;
        default:
            break;
        }
        return slot != nullptr && (*slot = value, true);
    }
    bool String(const char *text, SizeType len, bool)
    {
        const std::string_view value(text, len);
        switch (where_) {
        case ORDER_AT:
            return order_text(value);
        case CUSTOMER:
            if (key_ == "since") {
                order_.customer.since = time_of(text, len);
                return true;
            }
            return store(value, key_ == "name"    ? &order_.customer.name
                                : key_ == "email" ? &order_.customer.email
                                : key_ == "phone" ? &order_.customer.phone
                                                  : nullptr);
        case SHIPPING:
            return store(value, key_ == "street"     ? &order_.shipping.street
                                : key_ == "city"     ? &order_.shipping.city
                                : key_ == "postcode" ? &order_.shipping.postcode
                                : key_ == "country"  ? &order_.shipping.country
                                                     : nullptr);
        case ITEM:
            return store(value, key_ == "sku"     ? &order_.items.back().sku
                                : key_ == "title" ? &order_.items.back().title
                                                  : nullptr);
        case TAGS:
            order_.items.back().tags.push_back(value);
            return true;
        case HISTORY:
            order_.history.push_back(time_of(text, len));
            return true;
        default:
            return false;
        }
    }
    bool Key(const char *text, SizeType len, bool)
    {
        key_ = std::string_view(text, len);
        return true;
    }
    bool StartObject()
    {
        if (where_ == NOWHERE) {
            where_ = ORDER_AT;
        } else if (where_ == ORDER_AT && key_ == "customer") {
            where_ = CUSTOMER;
        } else if (where_ == ORDER_AT && key_ == "shipping") {
            where_ = SHIPPING;
        } else if (where_ == ITEMS) {
            where_ = ITEM;
            order_.items.emplace_back();
        } else {
            return false;
        }
        return true;
    }
    bool EndObject(SizeType)
    {
        where_ = where_ == ITEM ? ITEMS : where_ == ORDER_AT ? NOWHERE : ORDER_AT;
        return true;
    }
    bool StartArray()
    {
        if (where_ == ITEM && key_ == "tags") {
            where_ = TAGS;
        } else if (where_ == ORDER_AT && key_ == "items") {
            where_ = ITEMS;
        } else if (where_ == ORDER_AT && key_ == "history") {
            where_ = HISTORY;
        } else if (where_ == ORDER_AT && key_ == "scores") {
            where_ = SCORES;
        } else {
            return false;
        }
        return true;
    }
    bool EndArray(SizeType)
    {
        where_ = where_ == TAGS ? ITEM : ORDER_AT;
        return true;
    }

private:
    enum Where { NOWHERE, ORDER_AT, CUSTOMER, SHIPPING, ITEMS, ITEM, TAGS, HISTORY, SCORES };

    static bool store(std::string_view value, std::string_view *slot)
    {
        return slot != nullptr && (*slot = value, true);
    }
    bool order_text(std::string_view value)
    {
        if (key_ == "placed_at" || key_ == "updated_at") {
            (key_ == "placed_at" ? order_.placed_at : order_.updated_at) =
                time_of(value.data(), value.size());
            return true;
        }
        order_.has_coupon |= key_ == "coupon";
        return store(value, key_ == "status"     ? &order_.status
                            : key_ == "currency" ? &order_.currency
                            : key_ == "notes"    ? &order_.notes
                            : key_ == "coupon"   ? &order_.coupon
                                                 : nullptr);
    }

    Order<std::string_view> &order_;
    std::string_view key_;
    Where where_ = NOWHERE;
};

// ---------------------------------------------------------------- to text

using Out = Writer<StringBuffer>;

template <typename Text> void put(Out &out, const char *name, const Text &text)
{
    out.Key(name);
    out.String(text.data(), static_cast<SizeType>(text.size()));
}

void put_number(Out &out, const char *name, double value)
{
    out.Key(name);
    out.Double(value);
}

void put_time(Out &out, int64_t us)
{
    char text[40];
    out.String(text, static_cast<SizeType>(write_time(us, text)));
}

template <typename Text> void write_item(Out &out, const Item<Text> &item)
{
    out.StartObject();
    put(out, "sku", item.sku);
    put(out, "title", item.title);
    out.Key("quantity");
    out.Int(item.quantity);
    put_number(out, "price", item.price);
    put_number(out, "weight", item.weight);
    out.Key("tags");
    out.StartArray();
    for (const Text &tag : item.tags) {
        out.String(tag.data(), static_cast<SizeType>(tag.size()));
    }
    out.EndArray();
    out.EndObject();
}

template <typename Text> void write_customer(Out &out, const Customer<Text> &customer)
{
    out.StartObject();
    out.Key("id");
    out.Int64(customer.id);
    put(out, "name", customer.name);
    put(out, "email", customer.email);
    put(out, "phone", customer.phone);
    out.Key("vip");
    out.Bool(customer.vip);
    out.Key("since");
    put_time(out, customer.since);
    out.EndObject();
}

template <typename Text> void write_order(Out &out, const Order<Text> &order)
{
    out.StartObject();
    out.Key("number");
    out.Int64(order.number);
    put(out, "status", order.status);
    out.Key("placed_at");
    put_time(out, order.placed_at);
    out.Key("updated_at");
    put_time(out, order.updated_at);
    put(out, "currency", order.currency);
    put_number(out, "total", order.total);
    put_number(out, "tax", order.tax);
    out.Key("paid");
    out.Bool(order.paid);
    out.Key("customer");
    write_customer(out, order.customer);
    out.Key("shipping");
    out.StartObject();
    put(out, "street", order.shipping.street);
    put(out, "city", order.shipping.city);
    put(out, "postcode", order.shipping.postcode);
    put(out, "country", order.shipping.country);
    put_number(out, "latitude", order.shipping.latitude);
    put_number(out, "longitude", order.shipping.longitude);
    out.EndObject();
    out.Key("items");
    out.StartArray();
    for (const Item<Text> &item : order.items) {
        write_item(out, item);
    }
    out.EndArray();
    out.Key("history");
    out.StartArray();
    for (int64_t time : order.history) {
        put_time(out, time);
    }
    out.EndArray();
    out.Key("scores");
    out.StartArray();
    for (int64_t score : order.scores) {
        out.Int64(score);
    }
    out.EndArray();
    put(out, "notes", order.notes);
    out.Key("coupon");
    if (order.has_coupon) {
        out.String(order.coupon.data(), static_cast<SizeType>(order.coupon.size()));
    } else {
        out.Null();
    }
    out.EndObject();
}

// ---------------------------------------------------------------- scenarios

const char text[] = ORDER;

using Pooled = GenericDocument<UTF8<>, MemoryPoolAllocator<>, MemoryPoolAllocator<>>;

int64_t dom()
{
    Document document;
    document.Parse(text, sizeof(text) - 1);
    if (document.HasParseError()) {
        refuse();
    }
    Order<std::string> order;
    read_order(document, order);
    return order.number;
}

// Nothing from malloc but what the vectors of the struct take.
int64_t insitu()
{
    static char copy[sizeof(text)], values[16384], stack[4096];
    std::memcpy(copy, text, sizeof(text));
    MemoryPoolAllocator<> value_pool(values, sizeof(values)), stack_pool(stack, sizeof(stack));
    Pooled document(&value_pool, sizeof(stack), &stack_pool);
    document.ParseInsitu(copy);
    if (document.HasParseError()) {
        refuse();
    }
    Order<std::string_view> order;
    read_order(document, order);
    return order.number;
}

template <unsigned flags> int64_t sax()
{
    static char copy[sizeof(text)];
    std::memcpy(copy, text, sizeof(text));
    Order<std::string_view> order;
    Handler handler(order);
    Reader reader;
    InsituStringStream stream(copy);
    if (!reader.Parse<flags>(stream, handler)) {
        refuse();
    }
    return order.number;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string_view what = argc == 3 ? argv[1] : "";
    const long count = argc == 3 ? std::strtol(argv[2], nullptr, 10) : 0;
    int64_t (*run)() = what == "dom"        ? dom
                       : what == "insitu"   ? insitu
                       : what == "sax"      ? sax<kParseInsituFlag>
                       : what == "sax-full" ? sax<kParseInsituFlag | kParseValidateEncodingFlag |
                                                  kParseFullPrecisionFlag>
                                            : nullptr;
    if (run == nullptr && what != "encode") {
        std::fprintf(stderr, "usage: json_rapid dom|insitu|sax|sax-full|encode COUNT\n");
        return 2;
    }
    Document document;
    document.Parse(text, sizeof(text) - 1);
    Order<std::string> order;
    read_order(document, order);
    StringBuffer out;
    for (long n = 0; n < count; n++) {
        if (run != nullptr) {
            if (run() != order.number) {
                refuse();
            }
            continue;
        }
        out.Clear();
        Out writer(out);
        write_order(writer, order);
    }
    if (run == nullptr && count == 1) {
        std::printf("%s\n", out.GetString());
    }
    return 0;
}
