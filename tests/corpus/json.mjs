// Small documents that must be accepted or refused, with the reason: our own reading of RFC 8259 and
// RFC 7493.  tests/integration/json_corpus.test.mjs holds the codec and two other readers to them.
//
// A row is { bytes, verdict, why }; verdict: ACCEPT, SYNTAX, UTF8, DEPTH, or DUPLICATE (JSON, but
// refused where members are read).

export const ACCEPT = 'accept', SYNTAX = 'syntax', UTF8 = 'utf8', DEPTH = 'depth', DUPLICATE = 'duplicate'

export const rows = []

/** Documents as strings, or as arrays of bytes. */
function say(verdict, why, ...documents) {
  for (const document of documents) rows.push({ bytes: Buffer.from(document), verdict, why })
}

/** Each in places of its own: alone, in a list, as a member, between white space. */
function anywhere(verdict, why, ...values) {
  for (const value of values) {
    say(verdict, why, value, `[${value}]`, `{"a":${value}}`, ` ${value}\n`, `[1,${value},"x"]`)
  }
}

const quoted = (...bytes) => [0x22, ...bytes, 0x22]

// ---------------------------------------------------------------- grammar (RFC 8259 section 2, 3)

anywhere(ACCEPT, 'the three words', 'true', 'false', 'null')
anywhere(SYNTAX, 'a word is spelt in small letters and whole', 'True', 'FALSE', 'Null', 'nul', 'tru', 'fals', 'truee', 'nulll', 'undefined', 'none', 'yes',
  'nan', 'NaN', 'Infinity', '-Infinity', 'infinity', '-inf')
anywhere(ACCEPT, 'empty containers', '[]', '{}', '[ ]', '{\n}', '""')
say(SYNTAX, 'a text is a value', '', ' ', '\n\t', ',', ':', ']', '}', '//', '#')
say(SYNTAX, 'a container is closed, by its own bracket', '[', '{', '[1', '[1,', '{"a"', '{"a":', '{"a":1', '{"a":1,', '[}', '{]', '[1}', '{"a":1]', '[[]', '{"a":{}',
  '[{]}', '["', '{"')
say(SYNTAX, 'nothing stands behind the value', '1 2', '{} {}', '[]]', '{}}', '[],', '{},', 'true false', 'nullx', '"a""b"', '"a" b', '[1]x', '1,', 'null,null', '[] []', '{}#',
  '[]//', '1;')
say(SYNTAX, 'commas stand between items', '[,]', '[,1]', '[1,]', '[1,,2]', '[1 2]', '["a" "b"]', '[1;2]', '[[] []]', '[1,2,]', '{"a":1,}', '{,}', '{,"a":1}', '{"a":1,,"b":2}',
  '{"a":1 "b":2}', '{"a":1;"b":2}')
say(SYNTAX, 'a member is a name, a colon and a value', '{"a"}', '{"a":}', '{:1}', '{"a" 1}', '{"a"::1}', '{"a":1:2}', '{"a",1}', '{"a"=1}', '{a:1}', "{'a':1}", '{1:2}',
  '{null:1}', '{true:1}', '{[]:1}', '{"a":1,"b"}', '{"a":1,b:2}', '{"a":1,2}', '{"a":"b":"c"}')
say(SYNTAX, 'no comments, no single quotes, no backquotes', '/**/1', '1/**/', '[1/*x*/]', '[1//x\n]', '{"a":1/**/}', "'a'", '`a`', "['a']", '[#\n1]')
say(ACCEPT, 'white space of four sorts, anywhere between tokens', ' 1', '1 ', '\t1\t', '\n1\n', '\r1\r', '\r\n1\r\n', ' [ 1 , 2 ] ', '{ "a" : 1 , "b" : [ ] }', '[\n\n]', '{\t"a"\r:\n1 }')
say(SYNTAX, 'no other white space', '\f1', '1\v', '[1\f]', '\u00a01', '[\u20281]', '1\u2029', '\u30001', '\u200b1', '\u00851')
say(SYNTAX, 'no byte order mark (RFC 8259 section 8.1)', '\ufeff1', '\ufeff{}', '\ufeff', '[\ufeff1]', '1\ufeff')
say(SYNTAX, 'neither UTF-16 nor UTF-32', [0x5b, 0, 0x5d, 0], [0, 0x5b, 0, 0x5d], [0xff, 0xfe, 0x31, 0], [0xfe, 0xff, 0, 0x31], [0x31, 0, 0, 0])
say(SYNTAX, 'NUL is no end and no space', '1\0', '\0', '\x001', '[1\0]', '{"a":1}\0', '[1,\x002]', 'null\0', '{"a"\0:1}')

// ---------------------------------------------------------------- numbers (section 6)

anywhere(ACCEPT, 'whole numbers', '0', '-0', '1', '-1', '10', '1234567890', '9007199254740993', '18446744073709551616', '-9223372036854775809')
anywhere(ACCEPT, 'fractions and exponents', '0.0', '-0.0', '0.5', '1.25', '-1.5', '0.000', '1e0', '1E0', '1e5', '1e+5', '1e-5', '0e0', '0E+1', '1.5e3', '-1.5E-3', '1e00', '1e01',
  '123.456e78', '0.1e1')
anywhere(SYNTAX, 'no zeros in front', '00', '01', '-01', '-00', '000', '00.5', '-012', '01e1')
anywhere(SYNTAX, 'digits on both sides of a point', '.5', '1.', '-.5', '-1.', '1.e5', '.e1', '.', '-.', '0.e1')
anywhere(SYNTAX, 'digits behind the e', '1e', '1E', '1e+', '1e-', '1.5e', '0e', '1ee5', '1e5e5', '1e5.5', '1e+-5', '1e 5')
anywhere(SYNTAX, 'a minus alone in front', '+1', '-', '--1', '-+1', '- 1', '-a', '1-', '1-1', '1+1', '\u22121')
anywhere(SYNTAX, 'no other notation', '0x10', '0X1', '0b1', '0o7', '1_000', '1f', '1L', '1n', '1.2.3', '1,5e', '\uff11', '\u0661', '1d5', '$1', '1%')
say(ACCEPT, 'a number may have many digits', '1'.repeat(500), `0.${'3'.repeat(500)}`, `-${'9'.repeat(300)}.5`, `1e${'0'.repeat(50)}1`, `[${'1,'.repeat(200)}1]`)
say(ACCEPT, 'how large a number is the grammar does not ask', '1e400', '-1e400', '1e-400', '1e999999999999', '-1e-999999999999')

// ---------------------------------------------------------------- strings (section 7)

anywhere(ACCEPT, 'plain strings', '"a"', '" "', '"\u007f"', '"/"', '"\'"', '"[]{},:"', '"\u00e9"', '"\u20ac"', '"\u{1f600}"', '"\u2028\u2029"', '"\ufeff"', '"\uffff"', '"\u{10ffff}"')
anywhere(ACCEPT, 'the eight short escapes', '"\\""', '"\\\\"', '"\\/"', '"\\b"', '"\\f"', '"\\n"', '"\\r"', '"\\t"')
anywhere(ACCEPT, 'escapes of four digits', '"\\u0000"', '"\\u0041"', '"\\u00e9"', '"\\u00E9"', '"\\uFFFF"', '"\\ufffe"', '"\\u2028"', '"\\u0022"', '"\\u005c"', '"a\\u0000b"')
anywhere(ACCEPT, 'a pair of surrogates is a character', '"\\ud83d\\ude00"', '"\\uD83D\\uDE00"', '"\\uD800\\uDC00"', '"\\udbff\\udfff"', '"x\\ud83d\\ude00y"')
anywhere(SYNTAX, 'a surrogate must be one of a pair (RFC 7493 section 2.1)', '"\\ud800"', '"\\udc00"', '"\\udfff"', '"\\ude00\\ud83d"', '"\\ud83d\\ud83d"', '"\\ud83dx"', '"\\ud83d\\n"',
  '"\\ud83d\\u0041"', '"x\\udbff"', '"\\ud83d\\ude00\\ude00"')
anywhere(SYNTAX, 'no other escapes', '"\\a"', '"\\v"', '"\\0"', '"\\x41"', '"\\e"', '"\\\'"', '"\\U0041"', '"\\N"', '"\\T"', '"\\ "', '"\\`"', '"\\1"', '"\\\u00e9"')
anywhere(SYNTAX, 'four hexadecimal digits', '"\\u"', '"\\u1"', '"\\u12"', '"\\u123"', '"\\u123g"', '"\\uG000"', '"\\u 041"', '"\\u+041"', '"\\u-041"', '"\\u0x41"', '"\\u{41}"', '"\\u00e"',
  '"\\ud83d\\u"', '"\\ud83d\\ude0"')
say(SYNTAX, 'a string ends', '"', '"a', '"a\\', '"a\\"', '"\\', '"\\u', '"\\u0', '"\\u004', '"\\u0041', '["a', '{"a', '{"a":"b', '"abcdefghijklmnop', '"abcdefghijklmnopq\\')
for (let c = 0; c < 32; c++) say(SYNTAX, 'a control character is escaped', quoted(c), `{"${String.fromCharCode(c)}":1}`, quoted(...Buffer.from('sixteen bytes ...'), c))
say(ACCEPT, 'DEL and C1 are no control characters of JSON', quoted(0x7f), '"\u0080"', '"\u009f"')
for (const lead of [0, 1, 7, 8, 15, 16, 17, 31, 32, 33]) {
  say(ACCEPT, 'the length of a string matters nowhere', `"${'a'.repeat(lead)}"`, `"${'a'.repeat(lead)}\\n${'b'.repeat(lead)}"`, `"${'a'.repeat(lead)}\u00e9"`)
  say(SYNTAX, 'nor where a bad byte stands', `"${'a'.repeat(lead)}\n"`, `"${'a'.repeat(lead)}\\q"`, `"${'a'.repeat(lead)}`)
  say(UTF8, 'nor where a bad byte stands', quoted(...Buffer.from('a'.repeat(lead)), 0xff))
}

// ---------------------------------------------------------------- UTF-8 (section 8.1, RFC 3629)

const inText = (...bytes) => [quoted(...bytes), quoted(0x61, ...bytes, 0x62), [0x7b, ...quoted(...bytes), 0x3a, 0x31, 0x7d], [0x5b, ...quoted(...bytes), 0x5d]]
const bytesOf = (verdict, why, ...sequences) => sequences.forEach((s) => say(verdict, why, ...inText(...s)))

bytesOf(ACCEPT, 'the first and last character of each length', [0x7f], [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80], [0xef, 0xbf, 0xbf],
  [0xf0, 0x90, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf])
bytesOf(UTF8, 'overlong', [0xc0, 0x80], [0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xc0, 0xa2], [0xe0, 0x80, 0xaf])
bytesOf(UTF8, 'surrogates', [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xed, 0xaf, 0xbf], [0xed, 0xb0, 0x80], [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80])
bytesOf(UTF8, 'beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf7, 0xbf, 0xbf, 0xbf], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80])
bytesOf(UTF8, 'cut short', [0xc2], [0xe2], [0xe2, 0x82], [0xf0], [0xf0, 0x9f], [0xf0, 0x9f, 0x98], [0xc2, 0xc2, 0x80], [0xe2, 0x82, 0x61], [0xf0, 0x9f, 0x98, 0x61])
bytesOf(UTF8, 'a following byte alone', [0x80], [0xbf], [0x80, 0x80], [0xc3, 0xa9, 0xa9], [0xe2, 0x82, 0xac, 0x82])
bytesOf(UTF8, 'bytes of no UTF-8', [0xfe], [0xff], [0xff, 0xff], [0xfe, 0xff])
say(SYNTAX, 'no such byte outside of strings', [0x5b, 0xff, 0x5d], [0xc3, 0xa9], [0x31, 0x80], [0x7b, 0xe9, 0x7d], [0x5b, 0xa0, 0x31, 0x5d])

// ---------------------------------------------------------------- depth (section 9)

const nested = (open, close, inner, depth) => open.repeat(depth) + inner + close.repeat(depth)
for (const depth of [1, 2, 63, 64]) say(ACCEPT, 'up to 64 containers', nested('[', ']', '', depth), nested('{"a":', '}', '1', depth), nested('[', ']', '1', depth))
say(ACCEPT, 'up to 64 containers', nested('[{"a":', '}]', '0', 32), `[${nested('[', ']', '', 63)},${nested('[', ']', '', 63)}]`)
for (const depth of [65, 66, 100, 1000, 20000]) say(DEPTH, 'no more than 64', nested('[', ']', '', depth), nested('{"a":', '}', '1', depth), '['.repeat(depth))
say(DEPTH, 'no more than 64', nested('[{"a":', '}]', '[]', 32), nested('{"a":[', ']}', '{}', 32), '{"a":'.repeat(65))

// ---------------------------------------------------------------- members (section 4, RFC 7493 section 2.3)

say(ACCEPT, 'names are strings of any sort', '{"":1}', '{"a":1,"A":2}', '{"a":1,"a ":2}', '{"\\u0000":1}', '{"a\\"b":1}', '{"\u00e9":1,"e\u0301":2}', '{"__proto__":1}', '{"constructor":1,"toString":2}',
  '{"a":{"a":{"a":1}}}', '[{"a":1},{"a":1}]', '{"a":{"b":1},"b":{"b":1}}')
say(DUPLICATE, 'no name twice in one object', '{"a":1,"a":1}', '{"a":1,"a":2}', '{"a":1,"b":2,"a":3}', '{"":1,"":2}', '{"a":1,"\\u0061":2}', '{"\u00e9":1,"\\u00e9":2}', '{"/":1,"\\/":2}', '{"a":null,"a":null}',
  '{"\\ud83d\\ude00":1,"\u{1f600}":2}', '{"a":1,"a":{"a":1}}', '{"a":[],"b":1,"c":2,"b":[]}')
