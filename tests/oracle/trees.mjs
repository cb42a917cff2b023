// Random folders of routes, and URLs that they are likely to answer, or nearly.

const STATIC = ['a', 'a', 'a', 'b', 'b', 'ab', 'ab', '1', 'a1', 'a-b', 'A', 'page', 'route', 'a.b', 'a+b', 'a,b', '~a', 'v1.json']
const ESCAPED = ['[x+3a]', '[u+00fc]', 'a[x+2d]b', '[x+5f]a', '[x+25]', '[x+3f]', '[x+23]', '[x+28]g[x+29]', 'a[x+20]b']
const PATTERNS = ['[x=int]', '[x=int]', '[x=slug]', '[x=slug]', '[x=word]', '[x=date]', '[x=uuid]', 'a[x]', 'a[x]', '[x]b', '[x]b', 'a[x]b', 'ab[x]',
  'a[x=int]', '[x=int]b', 'a[x=slug]', '[x=word]b', '[x]-[y]', '[x]-[y]', '[x=int]-[y]', '[x]-[y=int]', 'v[x].json', 'v[x=int].json', '[x]a[y]b', '[x]c[y]b', '[x].[y]', '[x]--[y]b']
const UUID = '0190f2a4-7c11-7abc-8def-0123456789ab'
const VALUES = ['a', 'b', 'ab', 'c', '1', '42', '007', '9223372036854775807', '9223372036854775808', '2026-02-28', '2026-02-30', '2024-02-29', UUID, UUID.toUpperCase(),
  'a-b', 'a--b', '-a', 'a-', '1-2', 'a-1', 'v1.json', 'ü', 'a b', 'a,b', 'a+b', '%', '%41', '100%', ':', '?', '#', '&=', '@', '(g)', '[x]', "!$'*;", 'a1b', 'aabab', 'acb', 'a.b', '.a', 'a..', '_a', '漢字', '😀', 'é', 'e\u0301']

/** Folders as a SvelteKit or a Next application may have them, too.  kit: patterns and escapes as well. */
export class Trees {
  constructor(random, kit) {
    this.random = random
    this.kit = kit
  }

  // A parameter is called after its depth, so that most trees have one name at one place.
  name(letter, depth) {
    if (this.random.chance(2)) return this.random.pick(['z', 'x0', 'x-0', 'id'])
    return `${letter}${depth}`
  }

  param(depth) {
    return `[${this.name('x', depth)}]`
  }

  pattern(depth) {
    return this.random.pick(PATTERNS).replace(/\[([xy])/g, (_, letter) => `[${this.name(letter, depth)}`)
  }

  segment(depth) {
    const { random } = this, way = random.int(0, 99)
    if (way < (this.kit ? 30 : 50)) return random.pick(STATIC)
    if (way < 38 && this.kit) return random.pick(ESCAPED)
    if (way < 65 && this.kit) return this.pattern(depth)
    if (way < 85) return this.param(depth)
    return random.pick(['(g)', '(h)'])
  }

  folders() {
    const { random } = this
    const list = Array.from({ length: random.pick([0, 1, 1, 2, 2, 2, 3, 3, 4]) }, (_, depth) => this.segment(depth))
    if (random.chance(25)) list.push(random.chance(55) ? `[...${this.name('x', list.length)}]` : `[[...${this.name('x', list.length)}]]`)
    if (random.chance(1)) list.push(this.segment(list.length))
    return list
  }

  // Another file with the same beginning, or with one folder more, less or changed.
  near(list) {
    const { random } = this, at = random.int(0, list.length), made = [...list]
    const ends = list.length > 0 && list.at(-1).includes('...')
    const how = random.int(0, 3)
    if (how === 0 && list.length > 0) made.splice(at, 1)
    else if (how === 1 && at < list.length) made[at] = this.kit && random.chance(50) ? this.pattern(at) : this.segment(at)
    else if (how === 2) made.splice(ends ? Math.min(at, list.length - 1) : at, 0, random.pick(['(g)', '(h)', this.segment(at)]))
    else return [...list.slice(0, at), ...this.folders().slice(0, 2)]
    return made
  }

  /** Lists of folders, no two of which are the same. */
  tree() {
    const { random } = this, made = new Map()
    if (this.kit && random.chance(15)) { // two patterns side by side
      const above = random.chance(50) ? [] : [this.segment(0)]
      for (let i = 0; i < 2; i++) {
        const list = [...above, this.pattern(above.length), ...(random.chance(30) ? [this.segment(above.length + 1)] : [])]
        made.set(list.join('/'), list)
      }
    }
    for (let count = random.pick([1, 2, 2, 3, 3, 4, 5, 7]); count > 0; count--) {
      const list = made.size > 0 && random.chance(60) ? this.near(random.pick([...made.values()])) : this.folders()
      made.set(list.join('/'), list)
    }
    return [...made.values()]
  }

  value() {
    return this.random.chance(50) ? this.random.pick(VALUES.slice(0, 7)) : this.random.pick(VALUES)
  }

  text(folder) {
    return folder.replace(/\[[ux]\+([0-9a-f]+)\]|\[[^\]]+\]/g, (_, code) => (code ? String.fromCodePoint(parseInt(code, 16)) : this.value()))
  }

  // A segment as it is sent: encoded where it has to be, and here and there where it has not.
  sent(text) {
    const { random } = this
    let out = ''
    for (const letter of text) {
      const must = /[^A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(letter)
      if (!must && !random.chance(3)) out += letter
      else if (must && letter > '\x7f' && random.chance(20)) out += letter
      else {
        const code = [...new TextEncoder().encode(letter)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
        out += random.chance(50) ? code : code.toUpperCase()
      }
    }
    return out
  }

  /** A request target. */
  url(tree) {
    const { random } = this
    const segments = random.pick(tree).filter((folder) => !folder.startsWith('(')).flatMap((folder) =>
      (folder.includes('...') ? Array.from({ length: random.int(0, 3) }, () => this.value()) : [this.text(folder)]))
    if (random.chance(15)) segments.splice(random.int(0, segments.length), 1)
    if (random.chance(20)) segments[random.int(0, Math.max(0, segments.length - 1))] = this.text(random.pick(random.pick(tree)) ?? 'a')
    if (random.chance(10)) segments.push(this.value())
    const sent = segments.map((text) => this.sent(text ?? 'a'))
    if (random.chance(8)) {
      const odd = random.pick(['', '', '.', '..', '%2e', '%2E.', '%2F', 'a%2fb', '%5C', '%252F', '%2561', '%00', 'a%0ab', '%7f', '%FF', '%C0%AF', '%ED%A0%80', '%', '%zz', 'a{b}', 'a^', 'a`b'])
      sent.splice(random.int(0, sent.length), random.int(0, 1), odd)
    }
    return `/${sent.join('/')}${random.chance(8) ? '/' : ''}`
  }
}
