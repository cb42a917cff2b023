// Random types: each as C for the codec and as JSON Schema for ajv, both written from one model.
//
// A model is a node: { kind, nullable?, ...constraints }.  Nodes of kind object have members:
// { c, wire, node, required, fallback?, readOnly?, needs? }.  The schema is written from the model
// alone, by the documentation of <openspeed/type.h>; nothing of the library's own documents is used.

const SCALARS = {
  bool: ['bool', '_Bool', 'osp_opt_bool'],
  int32: ['int32_t', 'int32_t', null],
  int64: ['int64_t', 'int64_t', 'osp_opt_int'],
  uint32: ['uint32_t', 'uint32_t', null],
  uint64: ['uint64_t', 'uint64_t', 'osp_opt_uint'],
  float: ['float', null, null],
  double: ['double', 'double', 'osp_opt_double'],
  str: ['osp_str', 'osp_str', 'osp_opt_str'],
  decimal: ['osp_decimal', 'osp_decimal', 'osp_opt_decimal'],
  bytes: ['osp_bytes', 'osp_bytes', 'osp_opt_bytes'],
  time: ['osp_time', 'osp_time', 'osp_opt_time'],
  date: ['osp_date', 'osp_date', 'osp_opt_date'],
  duration: ['osp_duration', 'osp_duration', 'osp_opt_duration'],
  uuid: ['osp_uuid', 'osp_uuid', 'osp_opt_uuid'],
  json: ['osp_json', 'osp_json', 'osp_opt_json'],
}
const MAPPED = ['str', 'bool', 'int64', 'double', 'json']
export const WHOLE = {
  int32: [-2147483648, 2147483647],
  int64: [-(2 ** 63), 2 ** 63],
  uint32: [0, 4294967295],
  uint64: [0, 2 ** 64],
}
export const FORMATS = ['email', 'url', 'uri', 'hostname', 'ipv4', 'ipv6', 'slug']
const PATTERNS = [
  '^[a-z]+$', '^[A-Z]{2}[0-9]{3}$', 'a|b', '^(?:x|y)*z$', '[0-9]', '^$|^q', '^.{2,4}$', 'é', '^\\w+$',
  '^\\d{1,3}(?:\\.\\d{1,3})?$', '^(a+)b\\1$', '^[^ ]*$', '(?=.*\\d)(?=.*[a-z])', '^[\\u00e0-\\u00ff]*$',
  'z$', '^\\p{Lu}', '^[\\-._]', '\\ba', '^(?!no)',
]
const WIRES = ['id', 'first-name', 'a/b', 'm~n', 'x y', 'Größe', '@type', '$ref', '日本', 'quote"d', 'back\\slash',
  'constructor', 'length', '', 'tab\tbed', '😀']

const DURATION = '^-?P(?:\\d+W|(?=.)(?:\\d+D)?(?:T(?=\\d)(?:\\d+H)?(?:\\d+M)?(?:\\d+(?:\\.\\d{1,9})?S)?)?)$'
const BASE64 = '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?'

export class Batch {
  constructor(random, prefix = 'T') {
    this.random = random
    this.prefix = prefix
    this.count = 0
    this.lines = []
    this.listed = new Set()
    this.mapped = new Set(MAPPED.map((k) => SCALARS[k][1]))
    this.optional = new Set()
  }

  /** A type at the top: an object or a union. */
  top() {
    this.budget = 14
    return this.random.chance(20) ? this.union(0) : this.object(0)
  }

  name() {
    return `${this.prefix}${this.count++}`
  }

  // ---------------------------------------------------------------- scalars

  enumeration() {
    const r = this.random, name = this.name()
    const all = ['admin', 'user', 'a "quoted" one', 'Ünï', 'x\\y', 'null', 'true', '1', 'A', 'a']
    const names = r.shuffle([...all]).slice(0, r.int(1, 5))
    const pairs = names.map((n, i) => `(${name}_${i}, ${cText(n)})`)
    this.lines.push(`typedef enum ${name} { ${names.map((_, i) => `${name}_${i}`).join(', ')} } ${name};`,
      `OSP_ENUM(${name}, ${pairs.join(', ')});`)
    return { kind: 'enum', c: name, names }
  }

  scalar(kind) {
    const r = this.random
    const node = { kind, c: SCALARS[kind][0], t: SCALARS[kind][1] }
    if (kind in WHOLE) {
      this.bounds(node, () => r.int(kind.startsWith('u') ? 0 : -60, 60))
      if (r.chance(20)) node.multipleOf = r.pick([2, 3, 5, 7, 10, 0.5, 1.5])
    } else if (kind === 'double') {
      this.bounds(node, () => r.int(-4000, 4000) / r.pick([1, 2, 10, 100, 3]))
      if (r.chance(20)) node.multipleOf = r.pick([0.01, 0.1, 0.25, 0.5, 2, 3])
    } else if (kind === 'float') {
      this.bounds(node, () => r.int(-400, 400) / 8)
      if (r.chance(20)) node.multipleOf = r.pick([0.25, 0.5, 2])
    } else if (kind === 'str') {
      this.lengths(node, 8)
      if (r.chance(20)) node.pattern = r.pick(PATTERNS)
      else if (r.chance(20)) node.format = r.pick(FORMATS)
    } else if (kind === 'bytes') {
      // Where lengths of the text and of the bytes say the same.
      if (r.chance(25)) node.min = 3 * r.int(0, 3) + 1
      if (r.chance(25)) node.max = 3 * r.int(2, 5)
      if (node.min > node.max) delete node.min
    }
    return node
  }

  bounds(node, number) {
    const r = this.random
    let low = number(), high = number()
    if (low > high) [low, high] = [high, low]
    if (r.chance(30)) node[r.pick(['minimum', 'minimum', 'exclusiveMinimum'])] = low
    if (r.chance(30)) node[r.pick(['maximum', 'maximum', 'exclusiveMaximum'])] = high
  }

  lengths(node, most) {
    const r = this.random
    const low = r.int(0, most), high = r.int(low, most)
    if (r.chance(25) && low > 0) node.min = low
    if (r.chance(25) && high > 0) node.max = high
  }

  // ---------------------------------------------------------------- containers

  object(depth) {
    const r = this.random
    const name = this.name()
    const node = { kind: 'object', c: name, members: [], reject: r.chance(35), extra: false }
    node.extra = !node.reject && r.chance(12)
    const wires = r.shuffle([...WIRES])
    const count = r.chance(4) ? 0 : r.int(1, depth === 0 ? 7 : 4)
    for (let i = 0; i < count; i++) {
      const member = this.member(`m${i}`, depth)
      member.wire = r.chance(25) ? wires.pop() : member.c
      node.members.push(member)
    }
    for (const member of node.members) {
      if (r.chance(10)) member.needs = r.shuffle(node.members.filter((m) => m !== member)).slice(0, r.int(1, 2))
      if (member.needs?.length === 0) delete member.needs
    }
    const fields = node.members.map((m) => `    ${declaration(m)};\n`)
    const items = node.members.map((m) => `    ${item(m)}`)
    if (node.extra) {
      fields.push('    osp_json_map kept;\n')
      items.push('    EXTRA(kept)')
    }
    if (fields.length === 0) {
      fields.push('    int unused;\n')
      items.push('    SKIP(unused)')
    }
    if (node.reject) items.push('    OPTIONS(.additional = OSP_REJECT)')
    if (node.members.length === 0 && !node.extra) {
      // Nothing but a SKIP describes no member at all; keep one, so that the table is not empty.
      node.members.push({ c: 'only', wire: 'only', node: { kind: 'bool', c: 'bool' }, required: true, form: 'FIELD' })
      fields.splice(0, fields.length, '    bool only;\n')
      items.splice(0, 1, '    FIELD(only)')
    }
    this.lines.push(`typedef struct ${name} {\n${fields.join('')}} ${name};`, `OSP_TYPE(${name},\n${items.join(',\n')});`)
    return node
  }

  union(depth) {
    const r = this.random
    const node = { kind: 'union', discriminator: r.pick(['type', 'kind', '@type', 'a/b']), cases: [] }
    const names = r.shuffle(['circle', 'square', 'a "b"', 'Ünion', 'null', 'x']).slice(0, r.int(1, 3))
    for (const name of names) {
      let type = this.object(depth + 1)
      while (type.members.some((m) => m.wire === node.discriminator)) type = this.object(depth + 1)
      node.cases.push({ name, type })
    }
    node.c = this.name()
    const cases = node.cases.map((c, i) => `    CASE(${i + 1}, ${cText(c.name)}, u${i}, ${c.type.c})`)
    this.lines.push(`typedef struct ${node.c} {\n    int is;\n    union {\n${
      node.cases.map((c, i) => `        ${c.type.c} u${i};\n`).join('')}    };\n} ${node.c};`,
    `OSP_UNION(${node.c}, is, ${cText(node.discriminator)},\n${cases.join(',\n')});`)
    return node
  }

  /** What a list, array or map may hold. */
  element(depth, map) {
    const r = this.random
    if (depth < 4 && this.budget > 0 && r.chance(25)) return r.chance(25) ? this.union(depth + 1) : this.object(depth + 1)
    if (r.chance(12)) return this.enumeration()
    const kinds = Object.keys(SCALARS).filter((k) => SCALARS[k][1] !== null)
    const node = this.scalar(r.pick(kinds))
    node.each = true
    return node
  }

  typeName(node) {
    return node.t ?? node.c
  }

  once(set, name, line) {
    if (!set.has(name)) {
      set.add(name)
      this.lines.push(line)
    }
  }

  list(depth) {
    const node = { kind: 'list', items: this.element(depth) }
    const t = this.typeName(node.items)
    if (!Object.values(SCALARS).some((s) => s[1] === t)) this.once(this.listed, t, `OSP_LIST_OF(${t});`)
    node.c = `${t}_list`
    this.lengths(node, 5)
    if (this.random.chance(25)) node.unique = true
    return node
  }

  array(depth) {
    return { kind: 'array', items: this.element(depth), count: this.random.int(1, 4), unique: this.random.chance(20) }
  }

  map(depth) {
    const node = { kind: 'map', items: this.element(depth) }
    const t = this.typeName(node.items)
    this.once(this.mapped, t, `OSP_MAP_OF(${t});`)
    node.c = `${t}_map`
    this.lengths(node, 4)
    return node
  }

  // ---------------------------------------------------------------- members

  member(c, depth) {
    const r = this.random
    this.budget--
    const what = depth < 4 && this.budget > 0 ? r.int(0, 99) : r.int(0, 54)
    const member = what < 45 ? this.scalarMember(c)
      : what < 55 ? this.enumMember(c)
        : what < 70 ? this.objectMember(c, depth)
          : what < 84 ? this.listMember(c, depth)
            : what < 92 ? { c, node: this.array(depth), form: 'ARRAY', required: true }
              : { c, node: this.map(depth), form: 'MAP', required: true }
    if (r.chance(3) && member.fallback === undefined) Object.assign(member, { readOnly: true, required: false })
    return member
  }

  scalarMember(c) {
    const r = this.random
    const kind = r.pick(Object.keys(SCALARS))
    const node = this.scalar(kind)
    const member = { c, node, form: 'FIELD', required: true }
    if (SCALARS[kind][2] !== null && r.chance(35)) {
      node.c = SCALARS[kind][2]
      return Object.assign(member, { required: false, nullable: true })
    }
    if (kind in WHOLE && r.chance(12)) {
      member.node = { kind, c: node.c, t: node.t, asString: true }
    } else if (r.chance(10)) {
      const plain = { bool: 'true', int32: '-7', int64: '12', uint32: '3', uint64: '4', double: '2.5', date: '2026-01-31' }
      if (kind in plain) {
        member.node = { kind, c: node.c, t: node.t }
        Object.assign(member, { fallback: plain[kind], required: false })
      }
    }
    return member
  }

  optionalOf(name) {
    this.once(this.optional, name, `OSP_OPT_OF(${name});`)
    return `${name}_opt`
  }

  enumMember(c) {
    const node = this.enumeration()
    if (!this.random.chance(35)) return { c, node, form: 'ENUM', of: node.c, required: true }
    return { c, node, form: 'OPT_ENUM', of: node.c, declared: this.optionalOf(node.c), required: false, nullable: true }
  }

  objectMember(c, depth) {
    const r = this.random
    const node = r.chance(25) ? this.union(depth + 1) : this.object(depth + 1)
    if (r.chance(50)) return { c, node, form: 'OBJECT', of: node.c, required: true }
    if (r.chance(50)) return { c, node, form: 'MAYBE', of: node.c, declared: `${node.c} *`, required: false, nullable: true }
    return { c, node, form: 'OPT', of: node.c, declared: this.optionalOf(node.c), required: false, nullable: true }
  }

  listMember(c, depth) {
    const node = this.list(depth)
    const of = this.typeName(node.items)
    if (this.random.chance(25)) {
      return { c, node, form: 'OPT_LIST', of, declared: this.optionalOf(node.c), required: false, nullable: true }
    }
    if (!(node.min > 0) && this.random.chance(20)) return { c, node, form: 'LIST', of, fallback: '[]', required: false }
    return { c, node, form: 'LIST', of, required: true }
  }

  /** The whole file for a list of types at the top. */
  source(tops) {
    return `#include "tests/oracle/verdict.h"\n${this.lines.join('\n')}\n` +
      `const osp_type *const osp_oracle_types[] = {\n${tops.map((t) => `    &osp_type_${t.c},\n`).join('')}};\n` +
      'const size_t osp_oracle_type_count = sizeof(osp_oracle_types) / sizeof(osp_oracle_types[0]);\n'
  }
}

// ---------------------------------------------------------------- as C

/** A string of C; what is not plain ASCII stands as octal bytes. */
function cText(text) {
  let out = '"'
  for (const byte of Buffer.from(text)) {
    out += byte >= 32 && byte < 127 && !'"\\?'.includes(String.fromCharCode(byte))
      ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
  }
  return `${out}"`
}

function declaration(member) {
  if (member.form === 'ARRAY') return `${member.node.items.t ?? member.node.items.c} ${member.c}[${member.node.count}]`
  return `${member.declared ?? member.node.c} ${member.c}`
}

function cNumber(value) {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** The options of a node, as they stand in an item or in EACH(). */
function options(node) {
  const out = []
  if (node.minimum !== undefined) out.push(`AT_LEAST(${cNumber(node.minimum)})`)
  if (node.exclusiveMinimum !== undefined) out.push(`ABOVE(${cNumber(node.exclusiveMinimum)})`)
  if (node.maximum !== undefined) out.push(`AT_MOST(${cNumber(node.maximum)})`)
  if (node.exclusiveMaximum !== undefined) out.push(`BELOW(${cNumber(node.exclusiveMaximum)})`)
  if (node.multipleOf !== undefined) out.push(`.multiple_of = ${node.multipleOf}`)
  if (node.min !== undefined) out.push(`.min_len = ${node.min}`)
  if (node.max !== undefined) out.push(`.max_len = ${node.max}`)
  if (node.pattern !== undefined) out.push(`.pattern = ${cText(node.pattern)}`)
  if (node.format !== undefined) out.push(`.format = OSP_FORMAT_${node.format.toUpperCase()}`)
  if (node.unique) out.push('.unique = true')
  if (node.asString) out.push('.as_string = true')
  if (node.items?.each) {
    const each = options(node.items)
    if (each.length > 0) out.push(`EACH(${each.join(', ')})`)
  }
  return out
}

function item(member) {
  const { node } = member
  const of = { ARRAY: 1, MAP: 1 }[member.form] ? node.items.t ?? node.items.c : member.of
  const parts = [member.c]
  if (of) parts.push(of)
  parts.push(...options(node))
  if (member.wire !== member.c) parts.push(`.name = ${cText(member.wire)}`)
  if (member.fallback !== undefined) parts.push(`.fallback = ${cText(member.fallback)}`)
  if (member.readOnly) parts.push('.read_only = true')
  if (member.needs) parts.push(`.needs = "${member.needs.map((m) => m.c).join(',')}"`)
  return `${member.form}(${parts.join(', ')})`
}

// ---------------------------------------------------------------- as JSON Schema

function scalarSchema(node) {
  if (node.asString) {
    return { type: 'string', pattern: node.kind.startsWith('u') ? '^(?:-0|0|[1-9][0-9]*)$' : '^-?(?:0|[1-9][0-9]*)$' }
  }
  const { kind } = node
  if (kind in WHOLE) return { type: 'integer', allOf: [{ minimum: WHOLE[kind][0], maximum: WHOLE[kind][1] }] }
  switch (kind) {
  case 'bool': return { type: 'boolean' }
  case 'float':
  case 'double': return { type: 'number' }
  case 'str': return { type: 'string' }
  case 'decimal': return { type: 'string', pattern: '^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$' }
  case 'bytes': return { type: 'string', pattern: `^${BASE64}$` }
  case 'time': return { type: 'string', format: 'date-time' }
  case 'date': return { type: 'string', format: 'date' }
  case 'duration': return { type: 'string', pattern: DURATION }
  case 'uuid': return { type: 'string', format: 'uuid' }
  case 'enum': return { type: 'string', enum: node.names }
  default: return {} // json
  }
}

function constrained(node) {
  const schema = scalarSchema(node)
  for (const word of ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf']) {
    if (node[word] !== undefined) schema[word] = node[word]
  }
  if (node.kind === 'bytes') {
    if (node.min !== undefined) schema.minLength = 4 * Math.ceil(node.min / 3)
    if (node.max !== undefined) schema.maxLength = 4 * Math.ceil(node.max / 3)
    return schema
  }
  if (node.min !== undefined) schema.minLength = node.min
  if (node.max !== undefined) schema.maxLength = node.max
  if (node.pattern !== undefined) schema.pattern = node.pattern
  if (node.format === 'slug') schema.pattern = '^[a-z0-9]+(?:-[a-z0-9]+)*$'
  else if (node.format === 'url') Object.assign(schema, { format: 'uri', pattern: '^[hH][tT][tT][pP][sS]?://[^/?#]' })
  else if (node.format !== undefined) schema.format = node.format
  return schema
}

function objectSchema(node, discriminator) {
  const schema = { type: 'object', properties: {}, required: [] }
  for (const member of node.members) {
    const inner = member.readOnly ? true : schemaOf(member.node)
    own(schema.properties, member.wire, member.nullable && inner !== true ? { anyOf: [{ type: 'null' }, inner] } : inner)
    if (member.required) schema.required.push(member.wire)
    if (member.needs && !member.readOnly) {
      schema.dependentRequired ??= {}
      own(schema.dependentRequired, member.wire, member.needs.filter((m) => !m.readOnly).map((m) => m.wire))
    }
  }
  if (discriminator !== undefined) own(schema.properties, discriminator, true)
  if (node.reject) schema.additionalProperties = false
  return schema
}

/** A member of any name, also one that objects inherit. */
function own(object, name, value) {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

export function schemaOf(node) {
  switch (node.kind) {
  case 'object': return objectSchema(node)
  case 'union': {
    const tag = node.discriminator
    return {
      type: 'object', required: [tag], properties: { [tag]: { enum: node.cases.map((c) => c.name) } },
      allOf: node.cases.map((c) => ({
        if: { required: [tag], properties: { [tag]: { const: c.name } } }, then: objectSchema(c.type, tag),
      })),
    }
  }
  case 'list': {
    const schema = { type: 'array', items: schemaOf(node.items) }
    if (node.min !== undefined) schema.minItems = node.min
    if (node.max !== undefined) schema.maxItems = node.max
    if (node.unique) schema.uniqueItems = true
    return schema
  }
  case 'array': {
    const schema = { type: 'array', items: schemaOf(node.items), minItems: node.count, maxItems: node.count }
    if (node.unique) schema.uniqueItems = true
    return schema
  }
  case 'map': {
    const schema = { type: 'object', additionalProperties: schemaOf(node.items) }
    if (node.min !== undefined) schema.minProperties = node.min
    if (node.max !== undefined) schema.maxProperties = node.max
    return schema
  }
  default: return constrained(node)
  }
}
