// Asks OpenSpeed's router and proof, and those of Next or SvelteKit, about the same trees and URLs.
//
// usage: node tests/oracle/routes.mjs next|kit PROGRAM FOLDER [--count 100000] [--seed 1] [--optional] [--document docs/routing.md]
//
// PROGRAM is oracle_routes; FOLDER is where npm puts the referee, once.  --optional: without it and a registry to fetch it
// from there is nothing to do, and nothing fails.  Which trees are refused, the file that answers and its parameters must be
// the same.  What is not stands in DIFFERENCES, each of which must happen, and in the document, word for word.
//
// SvelteKit's [...rest] may be nothing: our [[...rest]].  It is asked with that; our [...rest] as well, which is a difference.
// What only one of the two has is not made here: [[optional]], a catch-all with more behind it, @slots, (.)intercepting.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { Random } from './random.mjs'
import { installRouter } from './referees.mjs'
import { kit, next } from './routers/ask.mjs'
import { Trees } from './trees.mjs'

const { values: options, positionals: [which, program, folder] } = parseArgs({ allowPositionals: true, options: {
  count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, optional: { type: 'boolean', default: false },
  document: { type: 'string', default: 'docs/routing.md' },
} })
const URLS = 8, AT_ONCE = 2000, isKit = which === 'kit'

let referee
try {
  installRouter(folder, isKit ? '@sveltejs/kit' : 'next')
  referee = await (isKit ? kit : next)(path.resolve(folder))
} catch (error) {
  console.log(`skip: the router of ${which} cannot be had: ${error.message.split('\n')[0]}`)
  process.exit(options.optional ? 0 : 1)
}

// ---------------------------------------------------------------- names of folders

const shown = (folders) => folders.filter((name) => !name.startsWith('('))
const ESCAPE = /\[[ux]\+([0-9a-f]+)\]/g
const plain = (name) => name.replace(ESCAPE, (_, code) => String.fromCodePoint(parseInt(code, 16)))
const unescaped = (name) => name.replace(ESCAPE, '')
const nameless = (name) => name.replace(/\[(\.\.\.)?[\w-]+/g, '[$1')
const namesOf = (folders) => shown(folders).flatMap((name) => [...unescaped(name).matchAll(/\[(?:\.\.\.)?([\w-]+)/g)].map(([, found]) => found))
const isAny = (name) => name?.startsWith('[[...')
// 0 text, 1 a pattern, 2 a parameter, 3 a catch-all
function rank(name) {
  if (name.includes('...')) return 3
  return unescaped(name).includes('[') ? (/^\[[\w-]+\]$/.test(name) ? 2 : 1) : 0
}

/** The two folders in which two routes first differ, and whether one before them is the same text by another spelling. */
function parting(one, other) {
  const a = shown(one), b = shown(other)
  let at = 0, respelled = false
  for (; at < a.length && at < b.length && plain(a[at]) === plain(b[at]); at++) respelled ||= a[at] !== b[at]
  return [a[at], b[at], respelled]
}

// Short texts that tell patterns apart, by the referee's own reading of them.
const TEXTS = ['2026-02-28', '0999-01-01', '2024-02-29', '0190f2a4-7c11-7abc-8def-0123456789ab', '0190f2a4-7c11-7abc-8def-01234567890b', 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaacab', '11111111-1111-1111-1111-111111111111',
  'a2026-02-28', 'v1.json', 'va.json', 'v1-1.json', 'va-a.json', 'v1.b', '1.json',
  'v1.jsonb', '9223372036854775807', '9223372036854775808', 'a9223372036854775808', '9223372036854775808b', '007', 'a007', '1acb', 'acbb', '1acbab', 'v1.cab', 'vacb.json', 'va1b.json', 'vcb.json', 'v1cb.json', 'v--b.json']
const LETTERS = ['a', 'b', '1', '-', '.', '0', 'c']
for (let level = ['']; level.length < 2500;) {
  level = level.flatMap((text) => LETTERS.map((letter) => text + letter))
  TEXTS.push(...level.filter((text) => text !== '.' && text !== '..'))
}
const takenBy = new Map()
function taken(name) {
  const key = nameless(name)
  if (!takenBy.has(key)) takenBy.set(key, new Set(TEXTS.filter((text) => referee.takes(name, text))))
  return takenBy.get(key)
}
const within = (one, other) => taken(one).size < taken(other).size && [...taken(one)].every((text) => taken(other).has(text))

// ---------------------------------------------------------------- URLs

// Written by what docs/routing.md says of the normal form.
function decoded(target) {
  if (/%(?![0-9a-f]{2})|%[01][0-9a-f]|%7f|%2f|[^!-~]|["<>\\^`{}]/i.test(target)) return undefined
  try {
    return decodeURIComponent(target)
  } catch {
    return undefined
  }
}
function normal(target) {
  const out = []
  for (const segment of decoded(target).split('/')) {
    if (segment === '..') out.pop()
    else if (segment !== '' && segment !== '.') out.push(segment)
  }
  return `/${out.join('/')}`
}
/** A normal path as it is sent with no more encodings than it needs. */
const written = (text) => encodeURI(text).replace(/\?/g, '%3F').replace(/#/g, '%23')

// ---------------------------------------------------------------- differences

const D = {
  malformed: 'A segment with an encoded `/`, a control character or bytes that are no UTF-8, or a URL with characters that no URI has, is 400 before any route is asked.',
  normal: 'A URL is compared in its normal form: decoded once, without dot segments, empty segments and the `/` at its end, which is no part of a catch-all either.',
  some: 'A `[...rest]` is one segment or more; for none, too, there is `[[...rest]]`.',
  less: 'Of two patterns the one that takes less goes first, not the one whose text or name does.',
  escape: 'An escaped character is text, and goes before parameters.',
  clash: 'Two patterns that take one segment, neither of them less than the other, do not build.',
  names: 'A parameter has one name at one place.',
  twice: 'A name is given once in a route.',
  any: 'A `[[...rest]]` beside a route for what is above it does not build.',
  follow: 'Nothing follows a catch-all.',
  twins: 'Two files for one URL never build, however groups hide it.',
  words: 'Names in one route may differ by a `-` alone.',
}
const DIFFERENCES = isKit ? ['malformed', 'normal', 'some', 'less', 'escape', 'clash', 'names', 'twice', 'any', 'follow', 'twins'] : ['malformed', 'normal', 'twins', 'words']

// What we say of a tree, and what of that is so by the referee's reading of the files: which difference it is, or undefined.
const file = (name) => (name === 'routes/route.c' ? [] : name.slice('routes/'.length, -'/route.c'.length).split('/'))
const REFUSALS = [
  [/^(\S+) and (\S+) both answer (.+), and neither \S+ nor \S+ takes less/, (routes, one, other, url) => {
    const [a, b] = parting(file(one), file(other)), answer = referee.ask(routes, written(url)).map((found) => found.file)
    return rank(a) === 1 && rank(b) === 1 && !within(a, b) && !within(b, a) && answer.includes(one) && answer.includes(other) ? 'clash' : undefined
  }],
  [/^(\S+) and (\S+) give one parameter two names/, (routes, one, other) => {
    const [a, b] = parting(file(one), file(other))
    return a !== b && nameless(a) === nameless(b) ? 'names' : undefined
  }],
  [/^(\S+): the parameter \[(.+)\] appears twice/, (routes, one, name) => (namesOf(file(one)).filter((other) => other === name).length > 1 ? 'twice' : undefined)],
  [/^(\S+): nothing can follow a catch-all/, (routes, one) => (shown(file(one)).slice(0, -1).some((name) => name.includes('...')) ? 'follow' : undefined)],
  [/^(\S+) and (\S+) answer the same URL/, (routes, one, other) => {
    const [short, long] = [shown(file(one)), shown(file(other))].sort((x, y) => x.length - y.length).map((names) => names.map((name) => nameless(plain(name))).join('/'))
    if (short === long) return 'twins'
    return [short, '[[...]]'].filter(Boolean).join('/') === long ? 'any' : undefined
  }],
]

/** Which difference a verdict is; null: none, undefined: one that is not in the list. */
function judgeTree(c, verdict, routes) {
  const refused = verdict.startsWith('refused ')
  if (refused === (c.theirs.refused !== undefined)) return null
  if (!refused) {
    return /differ only by non-word symbols/.test(c.theirs.refused) && c.tree.some((folders) => {
      const names = namesOf(folders).map((name) => name.replace(/\W/g, ''))
      return new Set(names).size < names.length
    }) ? 'words' : undefined
  }
  const message = verdict.slice('refused '.length)
  for (const [form, judge] of REFUSALS) {
    const found = form.exec(message)
    if (found) return judge(routes, ...found.slice(1))
  }
  return undefined
}

// Why a route goes before another that the referee tries first.
function precedence(one, other) {
  const [a, b, respelled] = parting(one.folders, other.folders)
  if (a === undefined || b === undefined) return undefined
  if (rank(a) === 1 && rank(b) === 1 && within(a, b)) return 'less'
  return rank(a) < rank(b) && (respelled || unescaped(a) !== a) ? 'escape' : undefined
}

const text = (found) => (found === undefined ? '404' : `${found.file} ${JSON.stringify(Object.entries(found.params).sort())}`)

/** Which differences an answer has; undefined: one that is not in the list. */
function judgeUrl(url, ours, routes) {
  let found = referee.ask(routes, url)
  const bad = decoded(url) === undefined
  if (bad || ours === '400') return !bad || ours !== '400' ? undefined : found === undefined ? [] : ['malformed']
  if (found !== undefined && text(found[0]) === ours) return []
  const why = []
  const before = found === undefined ? '' : text(found[0])
  found = referee.ask(routes, written(normal(url)))
  if (text(found[0]) !== before) why.push('normal')
  if (text(found[0]) === ours) return why
  const kept = found.filter((one) => !one.isNothing || isAny(shown(one.folders).at(-1)))
  if (text(kept[0]) !== text(found[0])) why.push('some')
  found = kept
  const at = found.findIndex((one) => text(one) === ours)
  if (at < 0) return ours === '404' && found.length === 0 ? why : undefined
  for (const other of found.slice(0, at)) {
    const reason = precedence(found[at], other)
    if (reason === undefined) return undefined
    why.push(reason)
  }
  return why
}

// ---------------------------------------------------------------- comparison

function read(line) {
  if (line === '400' || line === '404') return line
  const [name, ...params] = line.split(' ')
  return text({ file: name, params: Object.fromEntries(params.map((param) => {
    const [key, hex] = param.split('=')
    return [key, Buffer.from(hex, 'hex').toString()]
  })) })
}

const random = new Random(Number(options.seed)), trees = new Trees(random, isKit)
const seen = new Map(DIFFERENCES.map((name) => [name, 0]))
const tally = { trees: 0, refused: 0, urls: 0, same: 0, answered: 0, unexplained: 0 }

function take(why, told) {
  for (const name of why ?? []) {
    if (seen.has(name)) seen.set(name, seen.get(name) + 1)
    else why = undefined
  }
  if (why === undefined && tally.unexplained++ < 20) console.log(`FAIL ${told()}`)
}

function compare(cases) {
  const ran = spawnSync(program, { maxBuffer: 1 << 28, encoding: 'utf8', input: cases.map((c) =>
    `tree\n${c.tree.map((folders) => `file ${['routes', ...folders, 'route.c'].join('/')}\n`).join('')}${c.urls.map((url) => `url ${url}\n`).join('')}`).join('') })
  const lines = (ran.stdout ?? '').split('\n')
  if (ran.status !== 0 || lines.length !== cases.length * (1 + URLS) + 1) throw new Error(`the program ended with ${ran.error ?? ran.status ?? ran.signal}, ${lines.length} lines: ${ran.stderr}`)
  cases.forEach((c, i) => {
    const [verdict, ...answers] = lines.slice(i * (1 + URLS), (i + 1) * (1 + URLS))
    const { routes } = c.theirs
    tally.trees++
    const why = judgeTree(c, verdict, routes)
    take(why === null ? [] : why && [why], () => `we say ${verdict}, they ${c.theirs.refused ?? 'ok'}: ${JSON.stringify(c.tree)}`)
    if (verdict !== 'ok') tally.refused++
    if (verdict !== 'ok' || c.theirs.refused !== undefined) return
    c.urls.forEach((url, k) => {
      const ours = read(answers[k]), reasons = judgeUrl(url, ours, routes)
      tally.urls++
      tally.same += reasons?.length === 0
      tally.answered += ours !== '404' && ours !== '400'
      take(reasons, () => `${url}: we say ${ours}, they ${referee.ask(routes, url)?.map(text)}: ${JSON.stringify(c.tree)}`)
    })
  })
}

const start = performance.now()
for (let left = Number(options.count); left > 0; left -= AT_ONCE) {
  compare(Array.from({ length: Math.min(left, AT_ONCE) }, () => {
    const tree = trees.tree()
    return { tree, theirs: referee.build(tree), urls: Array.from({ length: URLS }, () => trees.url(tree)) }
  }))
}

const document = fs.readFileSync(options.document, 'utf8')
let bad = tally.unexplained > 0 || tally.answered < tally.urls / 4 || tally.refused > tally.trees / 2
for (const [name, times] of seen) {
  const untold = !document.includes(D[name])
  bad ||= times === 0 || untold
  console.log(`    ${times === 0 ? 'FAIL never seen: ' : untold ? `FAIL not in ${options.document}: ` : ''}${D[name]} ${times}`)
}
console.log(`routes against ${which}, seed ${options.seed}: ${tally.trees} trees, ${tally.refused} of them refused; ${tally.urls} URLs, ${tally.answered} answered, ${tally.same} the same; ` +
  `${tally.unexplained} unexplained; ${((performance.now() - start) / 1000).toFixed(0)} s`)
process.exit(bad ? 1 : 0)
