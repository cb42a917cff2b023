// Compares what templates show with html/template of Go: the same places of a document, the same values.
//
// usage: node tests/oracle/templates.mjs PROGRAM FOLDER [--count N] [--seed N] [--optional]
//
// PROGRAM is oracle_templates; in FOLDER the referee is built, for which Go must be there (`tools/setup oracle`).
// --optional: without Go there is nothing to do, and nothing fails.  Both may escape as they like: what is compared is what a
// browser makes of it, so references, percent signs, escapes of styles and scripts are read first.  What differs on
// purpose is a class below, and each class must be seen.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import vm from 'node:vm'

import { Random } from './random.mjs'

const { values: options, positionals: [program, folder] } = parseArgs({ allowPositionals: true, options: {
  count: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, optional: { type: 'boolean', default: false },
} })

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), 'templates/main.go')
const referee = path.resolve(folder, 'go-templates')
try {
  fs.mkdirSync(folder, { recursive: true })
  execFileSync('go', ['build', '-o', referee, source], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, GO111MODULE: 'off' } })
} catch {
  console.log('skip: there is no Go here; `tools/setup oracle` installs it')
  process.exit(options.optional ? 0 : 1)
}

// ---------------------------------------------------------------- what a browser makes of it

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const references = (text) => text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex, digits, name) =>
  hex ? String.fromCodePoint(parseInt(hex, 16)) : digits ? String.fromCodePoint(Number(digits)) : NAMED[name] ?? whole)
const styles = (text) => text.replace(/\\(?:([0-9a-f]{1,6})[ \n\t]?|([^]))/gi, (_, hex, byte) => byte ?? String.fromCodePoint(parseInt(hex, 16) || 0xfffd))
const percents = (text) => text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
  try { return decodeURIComponent(run) } catch { return run.toUpperCase() }
})
const run = (script) => {
  const said = []
  vm.runInNewContext(script, { f: (...values) => said.push(...values), JSON }, { timeout: 1000 })
  return JSON.stringify(said)
}
const inside = (pattern) => (out) => pattern.exec(out)?.[1]
const attribute = (name) => (out) => {
  const found = new RegExp(`^<\\w+ ${name}=(?:"([^"]*)"|'([^']*)'|([^ \\t\\n\\f\\r>"'][^ \\t\\n\\f\\r>]*))>`).exec(out)
  return found && references(found[1] ?? found[2] ?? found[3])
}
const script = (out) => run(/^<script[^>]*>([^]*)<\/script>$/.exec(out)[1])
const handler = (out) => run(attribute('onclick')(out))
const style = (out) => styles(attribute('style')(out))
const encoded = (out) => attribute('href')(out)?.replace(/%[0-9a-f]{2}/gi, (byte) => byte.toUpperCase())
const url = (out) => percents(attribute('href')(out))

// <v> stands for the text, <o> for the object, <n> for the number, <j> for the text as JSON within quotes of a script.
const PLACES = [
  { name: 'text', text: '<p><v></p>', read: (out) => references(inside(/^<p>([^<]*)<\/p>$/)(out)) },
  { name: 'title', text: '<title><v></title>', read: (out) => references(inside(/^<title>([^<]*)<\/title>$/)(out)) },
  { name: 'textarea', text: '<textarea><v></textarea>', read: (out) => references(inside(/^<textarea>([^<]*)<\/textarea>$/)(out)) },
  { name: 'quoted', text: '<p title="<v>">', read: attribute('title') },
  { name: 'single', text: "<p title='<v>'>", read: attribute('title') },
  { name: 'unquoted', text: '<p title=<v>>', read: attribute('title') },
  { name: 'url', text: '<a href="<v>">', read: url },
  { name: 'urls', text: '<a href="<v><v>">', read: url },
  { name: 'path', text: '<a href="/p/<v>/q">', read: url },
  { name: 'query', text: '<a href="/p?a=<v>&amp;b=c">', read: encoded },
  { name: 'fragment', text: "<a href='#<v>'>", read: encoded },
  { name: 'style value', text: '<p style="color:<v>">', read: style },
  { name: 'style text', text: "<p style=\"content:'a/<v>'\">", read: style },
  { name: 'style url', text: "<p style=\"background:url('/a/<v>')\">", read: (out) => percents(style(out)) },
  { name: 'script value', text: '<script>f(<v>)</script>', read: script },
  { name: 'script text', text: "<script>f('<v>')</script>", read: script },
  { name: 'script text 2', text: '<script>f("a" + "<v>")</script>', read: script },
  { name: 'script regexp', text: '<script>f(/^<v>$/.test(JSON.parse(\'<j>\')))</script>', read: script },
  { name: 'script object', text: '<script>f(JSON.stringify(<o>))</script>', read: script },
  { name: 'handler value', text: '<b onclick="f(<v>, <o>)">', read: handler },
  { name: 'handler text', text: "<b onclick=\"f('<v>')\">", read: handler },
  { name: 'json', text: '<script type="application/ld+json">{"a": <v>, "b": "<v>"}</script>', read: (out) => JSON.stringify(JSON.parse(/>([^]*)</.exec(out)[1])) },
  { name: 'number', text: '<script>f(1 - <n>, [<n>])</script>', read: script },
  { name: 'comment', text: '<p>a<!-- <v> -->b</p>', read: (out) => out },
  { name: 'stray', text: '<p>a < <v> & <v></p>', read: (out) => references(inside(/^<p>([^<]*)<\/p>$/)(out)) },
]

// ---------------------------------------------------------------- what differs on purpose

const unsafe = (text) => text?.replaceAll('ZgotmplZ', 'osp-unsafe')
const CLASSES = [
  { why: 'tel: is a scheme that runs nothing', is: (c) => /^url/.test(c.place.name) && /^tel:/i.test(c.x) },
  { why: 'an empty value without quotes stays empty, for it is given some', is: (c) => c.place.name === 'unquoted' && c.x === '' && c.own === '' },
  { why: 'behind the begin of a URL a colon makes no scheme: it is encoded, where Go looks for one again',
    is: (c) => c.place.name === 'urls' && (c.x.includes(':') || c.go.includes('osp-unsafe')) },
  { why: 'a style takes no colon, exclamation mark, ampersand or word of old scripts', is: (c) => c.place.name === 'style value' && c.own.includes('osp-unsafe') },
  { why: 'a colon behind a question mark or number sign is of no scheme', is: (c) => c.place.name === 'url' && /^[^:/]*[?#][^/]*:/.test(c.x) },
]

// ---------------------------------------------------------------- cases

const random = new Random(Number(options.seed))
const PIECES = ['a', 'B', '7', 'ä', '日', '😀', ' ', '<', '>', '"', "'", '&', '&amp;', '&#39;', '</script>', '<!--', '-->', '\\', '/', '//', ':', ';', '%', '%41',
  '%zz', '+', '=', '?', '#', '(', ')', '{', '}', '[', ']', '`', '$', '${', '\n', '\r', '\t', '\0', '\u2028', '\u2029', '*/', '/*', '--', '!', '@', ',', '.', '|', '^',
  'javascript:', 'https://h/', 'http:', 'mailto:a@b', 'tel:1', 'data:', 'expression', 'red', '10px', '#fff', '-moz-binding', '\x7f', '\ufeff']
const some = () => Array.from({ length: random.int(0, random.chance(20) ? 12 : 4) }, () => random.pick(PIECES)).join('')
const WRAPS = [
  [(t) => t, (t) => t],
  [(t) => `{{#if b}}${t}{{else}}-{{/if}}`, (t) => `{{if .B}}${t}{{else}}-{{end}}`],
  [(t) => `{{#if not b}}-{{else}}${t}{{/if}}`, (t) => `{{if not .B}}-{{else}}${t}{{end}}`],
  [(t) => `{{#with o as q}}${t.replaceAll('{{x}}', '{{q.a}}').replaceAll('{{o}}', '{{q}}')}{{/with}}`,
    (t) => `{{with .O}}${t.replaceAll('{{.X}}', '{{.A}}').replaceAll('{{.O}}', '{{.}}').replaceAll('{{.N}}', '{{$.N}}')}{{end}}`],
]

function make() {
  const place = random.pick(PLACES)
  const [own, go] = random.pick(WRAPS)
  const x = some()
  const json = JSON.stringify(JSON.stringify(x)).slice(1, -1).replace(/['<>&\u2028\u2029\ufeff{}]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const write = (value, object, number) => place.text.replace(/<([vonj])>/g, (_, name) => ({ v: value, o: object, n: number, j: json })[name])
  return { place, x, n: random.int(-100, 100), b: true, own: own(write('{{x}}', '{{o}}', '{{n}}')), go: go(write('{{.X}}', '{{.O}}', '{{.N}}')) }
}

const asked = Array.from({ length: Number(options.count) }, make)
function ask(command) {
  const ran = spawnSync(command, { maxBuffer: 1 << 30, encoding: 'utf8',
    input: asked.map(({ x, n, b, own, go }) => `${JSON.stringify({ x, n, b, own, go })}\n`).join('') })
  const lines = ran.stdout.split('\n').slice(0, -1)
  if (ran.status !== 0 || lines.length !== asked.length) {
    console.error(ran.error ?? `${command} ended with ${ran.status ?? ran.signal} after ${lines.length} answers: ${ran.stderr}`)
    process.exit(1)
  }
  return lines.map((line) => JSON.parse(line))
}

// ---------------------------------------------------------------- comparison

const [ours, theirs] = [ask(program), ask(referee)]
const seen = new Map(CLASSES.map(({ why }) => [why, 0]))
let wrong = 0
for (const [i, one] of asked.entries()) {
  const read = ({ good, text }) => {
    if (!good) return `refused: ${text}`
    try { return one.place.read(text) ?? `not read: ${text}` } catch (error) { return `${error.message}: ${text}` }
  }
  const own = read(ours[i]), go = unsafe(read(theirs[i]))
  if (own === go) continue
  const why = CLASSES.find(({ is }) => is({ ...one, own, go }))?.why
  if (why !== undefined) {
    seen.set(why, seen.get(why) + 1)
  } else if (++wrong <= 20) {
    console.log(`${one.place.name}: ${one.own}\n  x    ${JSON.stringify(one.x)}\n  ours ${JSON.stringify(own)}\n  Go   ${JSON.stringify(go)}`)
  }
}
for (const [why, count] of seen) console.log(`${String(count).padStart(6)} ${why}`)
const unseen = [...seen].filter(([, count]) => count === 0 && asked.length >= 20000)
if (unseen.length > 0) console.log(`never seen: ${unseen.map(([why]) => why).join('; ')}`)
console.log(`templates: ${asked.length} compared with html/template, ${wrong} differ`)
process.exit(wrong === 0 && unseen.length === 0 ? 0 : 1)
