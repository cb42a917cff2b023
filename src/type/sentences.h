/* Every sentence that says what is wrong with a value: its key, and its English.
 *
 *     S(name, code, key, English)
 *
 * A key is the name of the code and, behind a dot each, what tells sentences of one code apart; a
 * translation of "type" serves all keys that begin so.  Which {placeholder} a sentence may have is
 * a matter of its code.  `.one` is said when the limit is one.  Keys are for ever: applications
 * translate them. */
#ifndef OSP_TYPE_SENTENCES_H
#define OSP_TYPE_SENTENCES_H

/* What is said of another sort of JSON value, and where null would be right as well. */
#define OSP_SENTENCES_OF_SORT(S, name, key, words)                                                 \
    S(name, TYPE, "type." key, "must be " words)                                                   \
    S(name##_OR_NULL, TYPE, "type." key ".null", "must be " words " or null")

#define OSP_SENTENCES(S)                                                                           \
    S(CHECK, CHECK, "check", "{sentence}")                                                         \
    S(REQUIRED, REQUIRED, "required", "is required")                                               \
    S(NULL, NULL, "null", "must not be null")                                                      \
    S(SORT_BOOL, TYPE, "type.boolean", "must be true or false")                                    \
    S(SORT_BOOL_OR_NULL, TYPE, "type.boolean.null", "must be true, false or null")                 \
    OSP_SENTENCES_OF_SORT(S, SORT_INTEGER, "integer", "a whole number")                            \
    OSP_SENTENCES_OF_SORT(S, SORT_NUMBER, "number", "a number")                                    \
    OSP_SENTENCES_OF_SORT(S, SORT_STRING, "string", "a string")                                    \
    OSP_SENTENCES_OF_SORT(S, SORT_DECIMAL, "decimal.string", "a string with a decimal number")     \
    OSP_SENTENCES_OF_SORT(S, SORT_BYTES, "base64.string", "a string in base64")                    \
    OSP_SENTENCES_OF_SORT(S, SORT_TIME, "time.string", "a string with a date and time")            \
    OSP_SENTENCES_OF_SORT(S, SORT_DATE, "date.string", "a string with a date")                     \
    OSP_SENTENCES_OF_SORT(S, SORT_DURATION, "duration.string", "a string with a duration")         \
    OSP_SENTENCES_OF_SORT(S, SORT_UUID, "uuid.string", "a string with a UUID")                     \
    OSP_SENTENCES_OF_SORT(S, SORT_VALUE, "value", "a value")                                       \
    OSP_SENTENCES_OF_SORT(S, SORT_OBJECT, "object", "an object")                                   \
    OSP_SENTENCES_OF_SORT(S, SORT_LIST, "list", "a list")                                          \
    S(SORT_NONE, TYPE, "type.none", "cannot be given")                                             \
    S(NO_TEXT, TYPE, "type.text", "cannot be given as text")                                       \
    S(UTF8, TYPE, "type.utf8", "must be valid UTF-8")                                              \
    S(INT32, TYPE, "type.int32", "must be between -2147483648 and 2147483647")                     \
    S(INT64, TYPE, "type.int64", "must be between -9223372036854775808 and 9223372036854775807")   \
    S(UINT32, TYPE, "type.uint32", "must be between 0 and 4294967295")                             \
    S(UINT64, TYPE, "type.uint64", "must be between 0 and 18446744073709551615")                   \
    S(NUMBER_LARGE, TYPE, "type.number.large", "is too large a number")                            \
    S(NUMBER_DIGITS, TYPE, "type.number.digits", "has too many digits")                            \
    S(DECIMAL, TYPE, "type.decimal", "must be a decimal number like 12.50")                        \
    S(BYTES, TYPE, "type.base64", "must be base64 with padding")                                   \
    S(TIME, TYPE, "type.time", "must be a time like 2026-01-31T12:00:00Z")                         \
    S(TIME_RANGE, TYPE, "type.time.range", "must be a time in the years 0 to 9999 of UTC")         \
    S(DATE, TYPE, "type.date", "must be a date like 2026-01-31")                                   \
    S(DURATION, TYPE, "type.duration", "must be a duration like P3DT4H5M6.5S or P2W")              \
    S(DURATION_RANGE, TYPE, "type.duration.range", "must be a duration of at most 106751991 days") \
    S(UUID, TYPE, "type.uuid", "must be a UUID like f81d4fae-7dec-11d0-a765-00a0c91e6bf6")         \
    S(LARGE, TYPE, "type.large", "is too large")                                                   \
    S(PERCENT, TYPE, "type.percent", "is not percent-encoded UTF-8")                               \
    S(COOKIE, TYPE, "type.cookie", "is not a cookie that RFC 6265 allows")                         \
    S(LABEL, TYPE, "type.label", "must begin with \".\"")                                          \
    S(MATRIX, TYPE, "type.matrix", "must begin with \";\"")                                        \
    S(MATRIX_NAME, TYPE, "type.matrix.name", "must begin with \";\" and its name")                 \
    S(MATRIX_ITEM, TYPE, "type.matrix.item", "must have its name before each item")                \
    S(PAIRS, TYPE, "type.pairs", "must be names and values with \"=\" between them")               \
    S(TURNS, TYPE, "type.pairs.joined", "must be names and values in turn")                        \
    S(NESTED, TYPE, "type.nested", "is nested too deeply")                                         \
    S(MINIMUM, MINIMUM, "minimum", "must be at least {limit}")                                     \
    S(MAXIMUM, MAXIMUM, "maximum", "must be at most {limit}")                                      \
    S(ABOVE, ABOVE, "above", "must be more than {limit}")                                          \
    S(BELOW, BELOW, "below", "must be less than {limit}")                                          \
    S(MULTIPLE, MULTIPLE, "multiple_of", "must be a multiple of {limit}")                          \
    S(MIN_LENGTH, MIN_LENGTH, "min_length", "must be at least {limit} characters long")            \
    S(MIN_LENGTH_ONE, MIN_LENGTH, "min_length.one", "must not be empty")                           \
    S(MIN_BYTES, MIN_LENGTH, "min_length.bytes", "must be at least {limit} bytes long")            \
    S(MIN_BYTES_ONE, MIN_LENGTH, "min_length.bytes.one", "must not be empty")                      \
    S(MAX_LENGTH, MAX_LENGTH, "max_length", "must be at most {limit} characters long")             \
    S(MAX_LENGTH_ONE, MAX_LENGTH, "max_length.one", "must be at most {limit} character long")      \
    S(MAX_BYTES, MAX_LENGTH, "max_length.bytes", "must be at most {limit} bytes long")             \
    S(MAX_BYTES_ONE, MAX_LENGTH, "max_length.bytes.one", "must be at most {limit} byte long")      \
    S(MIN_ITEMS, MIN_ITEMS, "min_items", "must have at least {limit} items")                       \
    S(MIN_ITEMS_ONE, MIN_ITEMS, "min_items.one", "must have at least {limit} item")                \
    S(TOO_FEW, MIN_ITEMS, "min_items.exact", "must have exactly {limit} items")                    \
    S(TOO_FEW_ONE, MIN_ITEMS, "min_items.exact.one", "must have exactly {limit} item")             \
    S(MAX_ITEMS, MAX_ITEMS, "max_items", "must have at most {limit} items")                        \
    S(MAX_ITEMS_ONE, MAX_ITEMS, "max_items.one", "must have at most {limit} item")                 \
    S(TOO_MANY, MAX_ITEMS, "max_items.exact", "must have exactly {limit} items")                   \
    S(TOO_MANY_ONE, MAX_ITEMS, "max_items.exact.one", "must have exactly {limit} item")            \
    S(UNIQUE, UNIQUE, "unique", "must not have an item twice")                                     \
    S(UNIQUE_MEMORY, UNIQUE, "unique.memory", "could not be compared")                             \
    S(PATTERN, PATTERN, "pattern", "does not have the form that is asked for")                     \
    S(PATTERN_SLOW, PATTERN, "pattern.slow", "takes too long to compare with its pattern")         \
    S(PATTERN_MEMORY, PATTERN, "pattern.memory", "could not be compared with its pattern")         \
    S(PATTERN_BAD, PATTERN, "pattern.bad", "has a pattern that cannot be used")                    \
    S(EMAIL, FORMAT, "format.email", "must be an email address")                                   \
    S(URL, FORMAT, "format.url", "must be a URL of http or https")                                 \
    S(URI, FORMAT, "format.uri", "must be a URI")                                                  \
    S(HOSTNAME, FORMAT, "format.hostname", "must be a host name")                                  \
    S(IPV4, FORMAT, "format.ipv4", "must be an IPv4 address")                                      \
    S(IPV6, FORMAT, "format.ipv6", "must be an IPv6 address")                                      \
    S(SLUG, FORMAT, "format.slug", "must be small letters and digits with single dashes between")  \
    S(TIME_TEXT, FORMAT, "format.time", "must be a time like 2026-01-31T12:00:00Z")                \
    S(ENUM, ENUM, "enum", "must be one of {choices}")                                              \
    S(MEDIA_TYPE, ENUM, "enum.media_type", "must be a file of the type {choices}")                 \
    S(NEEDS, NEEDS, "needs", "is required with {other}")                                           \
    S(UNKNOWN, ADDITIONAL, "additional", "is not known here")                                      \
    S(UNKNOWN_PARAM, ADDITIONAL, "additional.parameter", "is not known")                           \
    S(DUPLICATE, DUPLICATE, "duplicate", "is given more than once")                                \
    S(TWICE, DUPLICATE, "duplicate.member", "is given twice")

#endif
