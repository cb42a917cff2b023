// Random instances of a model: a tree that fits (mostly), mutations of it, and its text.
//
// A tree keeps what JSON.parse throws away, such as how a number is spelt and members of one name:
// { raw } a number or word, { text } a string, { items }, { members: [[name, tree], ...] }.

import { FORMATS } from './model.mjs'

const SAMPLES = {
  email: ['a@example.org', 'first.last+tag@sub.example.co', 'x@y', '@example.org', 'a@@b.c', 'a b@c.de', 'a@b.c.', '.a@b.cd', 'a..b@c.de',
    'a@-b.cd', "o'neil@example.org", 'A@B.CD', 'a@[127.0.0.1]', 'ä@b.cd'],
  url: ['http://example.org', 'https://example.org:8080/a/b?c=d#e', 'ftp://example.org', 'http://', 'http:///x', 'HTTP://A.B', 'https://[::1]/',
    'http://1.2.3.4/', 'http://a b/', 'http://a/%zz', 'http://a/%41', '//a/b', 'mailto:a@b.cd', 'http://exa_mple.org/'],
  uri: ['mailto:a@b.cd', 'urn:isbn:12', 'http://a/b?c#d', 'x', 'a:b', '1a:b', 'http://[::1', 'http://a/<>', 'tel:+1-2', 'a:/b/c', 'http://a b',
    'http://a/%4', 'file:///etc/x', 'a://b@c:1/d'],
  hostname: ['example.org', 'a', 'a-b.c', '-a', 'a-', 'a..b', 'a_b', 'xn--a', `${'a'.repeat(63)}.b`, `${'a'.repeat(64)}.b`, '1.2', 'ä.b', ''],
  ipv4: ['1.2.3.4', '255.255.255.255', '256.1.1.1', '01.2.3.4', '1.2.3', '1.2.3.4.5', '0.0.0.0', ' 1.2.3.4', '1.2.3.4\n'],
  ipv6: ['::', '::1', '1:2:3:4:5:6:7:8', '1::8', '1:2:3:4:5:6:7', '::ffff:1.2.3.4', '1::2::3', '12345::', 'fe80::1%eth0', 'ABCD::', ':1', '1:2:3:4:5:6:7::',
    '1:2:3:4:5:6:1.2.3.4'],
  slug: ['a', 'a-b', 'a--b', '-a', 'a-', 'A', 'a1-2', '', 'a_b', 'é'],
  time: ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.5+02:00', '2024-02-29T23:59:59.123456789Z', '2023-02-29T00:00:00Z', '2026-01-31T24:00:00Z',
    '2026-01-31 12:00:00Z', '2026-01-31T12:00:00', '2016-12-31T23:59:60Z', '2016-12-31T22:59:60Z', '2026-01-31t12:00:00z', '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999Z', '2026-1-31T12:00:00Z', '2026-01-31T12:00:00-00:00', '2026-01-31T12:00Z', '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00+24:00', '2026-01-31T12:00:00+23:59', '2026-13-01T00:00:00Z', '1969-12-31T23:59:59.000001Z', '2026-01-31T12:00:00+0200'],
  date: ['2026-01-31', '2024-02-29', '2023-02-29', '2000-02-29', '1900-02-29', '0000-01-01', '9999-12-31', '2026-1-1', '2026-00-10', '2026-04-31', '20260131',
    '2026-01-31 ', '٢٠٢٦-01-31'],
  duration: ['P1D', 'PT1S', 'P2W', 'PT1.5S', 'P1DT2H3M4S', 'P', 'PT', 'P1Y', 'P1M', 'PT1H2S', 'P1DT', '-P1D', 'P1.5D', 'PT0.123456789S', 'P1W1D', 'p1d', 'PT1S1M',
    '+P1D'],
  uuid: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6', 'f81d4fae7dec11d0a76500a0c91e6bf6', '00000000-0000-0000-0000-000000000000',
    'g81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf', '{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}',
    'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  decimal: ['0', '1.50', '-12.34', '-0', '0.000', '1e5', '.5', '5.', '+1', '01', '123456789012345678901234567890.123456789', '', '1 ', 'NaN'],
  bytes: ['', 'YQ==', 'YWI=', 'YWJj', 'YWJjZA==', 'YQ', 'YR==', 'YWJ=', 'Y===', 'YWJj\n', 'YW-_', 'Y W Jj', 'AAAAAAAAAAAAAAAAAAAAAAAA'],
}
const LETTERS = ['a', 'b', 'z', 'q', 'x', 'y', 'A', 'Z', '0', '7', '.', '-', '_', ' ', 'é', 'ß', 'à', '日', '😀', '𝒳', '\n', '\t', '"', '\\', '/', '\u0000', '\u007f',
  'e\u0301', '\u2028']
const NUMBERS = ['0', '-0', '1', '-1', '2147483647', '2147483648', '-2147483648', '-2147483649', '4294967295', '4294967296', '9007199254740991', '9007199254740993',
  '9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809', '18446744073709551615', '18446744073709551616', '1.0', '1e2', '1E+2',
  '10e-1', '-0.0', '0.1', '0.3', '1.7976931348623157e308', '5e-324', '1e-400', '3.4028235e38', '3.5e38', '16777217', '1e21', '123456789012345678901234567890', '1.5', '2.675',
  '0.30000000000000004', '1e15', '1.1e1', '100', '0.01', '0.07', '-7.5']

const str = (text) => ({ text })
const raw = (token) => ({ raw: token })

export class Instances {
  constructor(random) {
    this.random = random
  }

  /** A tree that fits `node`, most of the time; some samples do not, on purpose. */
  tree(node) {
    const r = this.random
    switch (node.kind) {
    case 'object': return { members: this.members(node) }
    case 'union': {
      const one = r.pick(node.cases)
      const members = this.members(one.type)
      members.splice(r.int(0, members.length), 0, [node.discriminator, str(one.name)])
      return { members }
    }
    case 'list': return { items: this.several(node, node.min ?? 0, node.max ?? (node.min ?? 0) + 3) }
    case 'array': return { items: this.several(node, node.count, node.count) }
    case 'map': {
      const count = r.int(node.min ?? 0, node.max ?? (node.min ?? 0) + 2)
      return { members: Array.from({ length: count }, (_, i) => [`${r.pick(['k', 'ключ', 'a/b', '~', '', '__proto__'])}${i || ''}`, this.tree(node.items)]) }
    }
    default: return this.scalar(node)
    }
  }

  several(node, low, high) {
    const count = this.random.int(low, high)
    const items = []
    for (let tries = 0; items.length < count && tries < 40; tries++) {
      const tree = this.tree(node.items)
      if (node.unique && tries < 39 && items.some((i) => plain(i) === plain(tree))) continue
      items.push(tree)
    }
    return items
  }

  members(node) {
    const r = this.random
    const out = []
    const asked = new Set()
    for (const member of node.members) {
      if (member.required || r.chance(60)) for (const other of member.needs ?? []) asked.add(other)
    }
    for (const member of node.members) {
      if (!member.required && !asked.has(member) && r.chance(40)) continue
      out.push([member.wire, member.nullable && r.chance(20) ? raw('null') : member.readOnly ? this.any(1) : this.tree(member.node)])
    }
    if (!node.reject && r.chance(15)) out.push(['other', this.any(2)])
    return r.chance(20) ? r.shuffle(out) : out
  }

  scalar(node) {
    const r = this.random
    if (node.asString) return str(node.kind.startsWith('u') ? String(r.int(0, 1e6)) : String(r.int(-1e6, 1e6)))
    switch (node.kind) {
    case 'bool': return raw(r.pick(['true', 'false']))
    case 'enum': return str(r.pick(node.names))
    case 'json': return this.any(3)
    case 'str': return str(this.string(node))
    case 'float':
    case 'double': return this.number(node)
    default: return node.kind in SAMPLES ? this.sample(node) : this.number(node)
    }
  }

  sample(node) {
    const list = SAMPLES[node.kind]
    return str(this.random.chance(70) ? list[this.random.int(0, Math.min(3, list.length - 1))] : this.random.pick(list))
  }

  number(node) {
    const r = this.random
    const whole = node.kind !== 'double' && node.kind !== 'float'
    const low = node.minimum ?? node.exclusiveMinimum ?? (node.kind.startsWith('u') ? 0 : -100)
    const high = Math.max(low, node.maximum ?? node.exclusiveMaximum ?? low + 200)
    const step = node.multipleOf ?? (whole ? 1 : r.pick([1, 0.5, 0.25, 0.1, 0.01, 1 / 3]))
    const steps = Math.max(0, Math.floor((high - low) / step))
    let value = Math.ceil(low / step) * step + r.int(0, Math.min(steps, 1000)) * step
    if (whole) value = Math.round(value)
    if (node.kind === 'float') value = Math.fround(value)
    if (step === 0.1 || step === 0.01) value = Number(value.toFixed(2))
    return raw(Object.is(value, -0) ? '0' : String(value))
  }

  string(node) {
    const r = this.random
    if (FORMATS.includes(node.format)) return r.pick(SAMPLES[node.format])
    const pattern = node.pattern !== undefined ? new RegExp(node.pattern, 'u') : null
    const low = node.min ?? 0, high = node.max ?? low + 6
    let text = ''
    for (let tries = 0; tries < 12; tries++) {
      text = Array.from({ length: r.int(low, high) }, () => r.chance(75) ? LETTERS[r.int(0, 9)] : r.pick(LETTERS)).join('')
      if (pattern === null || pattern.test(text)) break
    }
    return text
  }

  /** Any JSON at all. */
  any(depth) {
    const r = this.random
    switch (r.int(0, depth > 0 ? 6 : 4)) {
    case 0: return raw('null')
    case 1: return raw(r.pick(['true', 'false']))
    case 2: return raw(r.pick(NUMBERS))
    case 3:
    case 4: return str(r.chance(30) ? r.pick(SAMPLES[r.pick(Object.keys(SAMPLES))]) : this.string({}))
    case 5: return { items: Array.from({ length: r.int(0, 3) }, () => this.any(depth - 1)) }
    default: return { members: Array.from({ length: r.int(0, 3) }, (_, i) => [`${r.pick(['a', 'é', 'x/y', ''])}${i || ''}`, this.any(depth - 1)]) }
    }
  }

  // ---------------------------------------------------------------- mutations

  /** Changes one place of a tree. */
  mutate(tree) {
    const r = this.random
    const places = []
    walk(tree, (node, replace) => places.push([node, replace]))
    const [node, replace] = r.pick(places)
    if (r.chance(15)) return replace(this.any(2)) ?? tree
    if (r.chance(8)) return replace(raw('null')) ?? tree
    if (node.raw !== undefined) return replace(this.otherToken(node.raw)) ?? tree
    if (node.text !== undefined) return replace(str(this.otherText(node.text))) ?? tree
    if (node.items) this.otherItems(node.items)
    else this.otherMembers(node.members)
    return tree
  }

  otherToken(token) {
    const r = this.random
    if (!/^[-0-9]/.test(token) || r.chance(10)) return raw(r.pick(['true', 'false', 'null', '0']))
    const value = Number(token)
    const spelt = [`${value + 1}`, `${value - 1}`, `${value + 0.5}`, `${-value}`, `${value * 1000}`, r.pick(NUMBERS), `${value / 3}`]
    if (/^-?\d+$/.test(token)) spelt.push(`${token}.0`, `${token}e0`, `${token}0`, `${token}0e-1`)
    const next = r.pick(spelt)
    return raw(/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(next) ? next.replace('e+', r.pick(['e+', 'e', 'E+'])) : '7')
  }

  otherText(text) {
    const r = this.random
    const at = r.int(0, text.length)
    switch (r.int(0, 6)) {
    case 0: return ''
    case 1: return text + r.pick(LETTERS)
    case 2: return text.slice(0, at) + r.pick(LETTERS) + text.slice(at)
    case 3: return [...text].slice(1).join('')
    case 4: return text + text
    case 5: return r.chance(20) ? `${text}\ud800` : text.toUpperCase()
    default: return r.pick(SAMPLES[r.pick(Object.keys(SAMPLES))])
    }
  }

  otherItems(items) {
    const r = this.random
    if (items.length > 0 && r.chance(40)) items.push(structuredClone(r.pick(items)))
    else if (items.length > 0 && r.chance(60)) items.splice(r.int(0, items.length - 1), 1)
    else items.splice(r.int(0, items.length), 0, this.any(1))
  }

  otherMembers(members) {
    const r = this.random
    const at = members.length > 0 ? r.int(0, members.length - 1) : -1
    const what = r.int(0, 9)
    if (what < 4 && at >= 0) members.splice(at, 1)
    else if (what < 6 && at >= 0) members[at] = [r.chance(50) ? `${members[at][0]}x` : members[at][0].slice(1), members[at][1]]
    else if (what === 6 && at >= 0) members.push(structuredClone(members[at]))
    else if (what === 7) r.shuffle(members)
    else members.push([r.pick(['more', 'constructor', '', 'm9', 'ключ']), this.any(2)])
  }

  // ---------------------------------------------------------------- text

  /** The text of a tree, with the white space and escapes that JSON allows. */
  write(tree) {
    this.spaced = this.random.chance(25)
    this.escaped = this.random.chance(25)
    return this.gap() + this.value(tree) + this.gap()
  }

  gap() {
    return this.spaced && this.random.chance(30) ? this.random.pick([' ', '\n', '\t', '\r\n', '  ']) : ''
  }

  value(tree) {
    if (tree.raw !== undefined) return tree.raw
    if (tree.text !== undefined) return this.quoted(tree.text)
    const inner = tree.items ? tree.items.map((i) => this.gap() + this.value(i) + this.gap())
      : tree.members.map(([n, v]) => this.gap() + this.quoted(n) + this.gap() + ':' + this.gap() + this.value(v) + this.gap())
    const text = inner.length > 0 ? inner.join(',') : this.gap()
    return tree.items ? `[${text}]` : `{${text}}`
  }

  quoted(text) {
    if (!this.escaped) return JSON.stringify(text)
    let out = ''
    for (let i = 0; i < text.length; i++) {
      const c = text[i]
      const code = text.charCodeAt(i).toString(16).padStart(4, '0')
      const half = c >= '\ud800' && c <= '\udfff'
      if (half || this.random.chance(20)) out += `\\u${this.random.chance(50) ? code : code.toUpperCase()}`
      else if (c === '/' && this.random.chance(50)) out += '\\/'
      else out += JSON.stringify(c).slice(1, -1)
    }
    return `"${out}"`
  }
}

/** Calls visit(node, replace) for each node; replace() gives the new root when the root is replaced. */
export function walk(root, visit) {
  const go = (node, replace) => {
    visit(node, replace)
    node.items?.forEach((item, i) => go(item, (next) => void (node.items[i] = next)))
    node.members?.forEach((member) => go(member[1], (next) => void (member[1] = next)))
  }
  go(root, (next) => next)
}

function plain(tree) {
  if (tree.items) return `[${tree.items.map(plain)}]`
  if (tree.members) return `{${tree.members.map(([n, v]) => n + plain(v)).sort()}}`
  return tree.raw ?? `"${tree.text}"`
}

/** A step of a JSON pointer as the name that it means. */
export function unescape(step) {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

/** The node that a JSON pointer leads to (the last one of a name), or undefined. */
export function at(tree, pointer) {
  let node = tree
  for (const step of pointer.split('/').slice(1)) {
    const name = unescape(step)
    node = node?.items ? node.items[Number(name)] : node?.members?.findLast(([n]) => n === name)?.[1]
  }
  return node
}

/** The node of the model at a JSON pointer, or undefined; a union is the case that the tree names. */
export function modelAt(model, tree, pointer) {
  let node = model, value = tree
  for (const step of pointer.split('/').slice(1)) {
    const name = unescape(step)
    if (node?.kind === 'union') {
      const tag = value?.members?.findLast(([n]) => n === node.discriminator)?.[1]?.text
      node = node.cases.find((c) => c.name === tag)?.type
    }
    value = value?.items ? value.items[Number(name)] : value?.members?.findLast(([n]) => n === name)?.[1]
    node = node?.kind === 'object' ? node.members.find((m) => m.wire === name)?.node : node?.items
  }
  return node
}
