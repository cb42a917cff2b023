// Compares what we choose by Accept, Accept-Language and Accept-Encoding with npm's negotiator.
//
// usage: node tests/oracle/accept.mjs PROGRAM FOLDER [--count N] [--seed N] [--optional]
//
// PROGRAM is oracle_accept; FOLDER is where npm puts the referee, once.  --optional: without it and a registry to
// fetch it from there is nothing to do, and nothing fails.  Every difference must be of a class below, and each
// class must occur, so that none outlives its reason.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { Random } from './random.mjs'
import { install } from './referees.mjs'

const { values: options, positionals: [program, folder] } = parseArgs({ allowPositionals: true, options: {
  count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, optional: { type: 'boolean', default: false },
} })

try {
  install(folder, ['negotiator'])
} catch {
  console.log('skip: npm cannot fetch negotiator')
  process.exit(options.optional ? 0 : 1)
}
const Negotiator = createRequire(path.resolve(folder, 'x.js'))('negotiator')

// ---------------------------------------------------------------- differences

const WEIGHT = /^[qQ]=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/
const items = (header) => (header ?? '').split(',').map((item) => item.split(';').map((part) => part.trim()))

// name, and what such a case looks like.
const CLASSES = [
  ['a weight of another form: we pass its range over, as RFC 9110 section 12.4.2 has none such',
    (c) => items(c.header).some(([, ...params]) => params.some((p) => /^q=/i.test(p) && !WEIGHT.test(p)))],
  ['nothing that can be read is nothing said (12.5.1, 12.5.4); negotiator takes no offer then',
    (c) => c.kind !== 2 && c.header !== undefined && c.theirs === '-' && items(c.header).every(([range]) => range === '' || (c.kind === 0 && !range.includes('/')))],
  ['tags of three parts: RFC 4647 section 3 takes them off one by one, negotiator all at once',
    (c) => c.kind === 1 && /\w-\w+-\w/.test(`${c.header} ${c.offers}`)],
  ['"*/html" is no range (12.5.1)', (c) => c.kind === 0 && /\*\/[a-z]/i.test(c.header)],
]

// ---------------------------------------------------------------- cases

const random = new Random(Number(options.seed))
const case_ = (text) => (random.chance(10) ? text.toUpperCase() : text)
const blank = () => random.pick(['', '', '', ' ', '\t'])
const weight = () => random.pick(['', '', '', ';q=0', ';q=1', ';q=0.5', '; q=0.5', ';Q=0.25', ';q=0.001', ';q=1.000', ';q=0.9'])
const bad = () => random.pick([';q=2', ';q=0.1234', ';q=x', ';q='])
const TYPES = ['text', 'application', 'image'], SUBTYPES = ['html', 'json', 'plain'], PARAMS = ['level=1', 'level=2', 'charset=utf-8', 'v="1"']
const LANGUAGES = ['en', 'de', 'fr', 'en-GB', 'en-US', 'de-CH', 'zh-Hant-TW', 'zh-Hant', 'zh']
const CODINGS = ['gzip', 'br', 'zstd', 'identity', 'x-own']
const MAKERS = [
  { range: () => random.pick([() => '*/*', () => `${random.pick(TYPES)}/*`, () => `*/${random.pick(SUBTYPES)}`,
      ...Array(6).fill(() => `${random.pick(TYPES)}/${random.pick(SUBTYPES)}${random.chance(25) ? `;${random.pick(PARAMS)}` : ''}`)])(),
    offer: () => `${random.pick(TYPES)}/${random.pick(SUBTYPES)}${random.chance(25) ? `;${random.pick(PARAMS)}` : ''}`, method: 'mediaTypes' },
  { range: () => (random.chance(10) ? '*' : random.pick(LANGUAGES)), offer: () => random.pick(LANGUAGES), method: 'languages' },
  { range: () => (random.chance(10) ? '*' : random.pick(CODINGS)), offer: () => random.pick(CODINGS), method: 'encodings' },
]

function make() {
  const kind = random.int(0, 2), maker = MAKERS[kind]
  const ranges = Array.from({ length: random.pick([0, 1, 1, 2, 2, 3, 4, 6]) }, () =>
    `${blank()}${random.chance(2) ? random.pick(['', 'x', 'text']) : case_(maker.range())}${random.chance(3) ? bad() : weight()}${blank()}`)
  return { kind, header: random.chance(3) ? undefined : ranges.join(','),
    offers: [...new Set(Array.from({ length: random.int(1, 5) }, maker.offer))] }
}

// ---------------------------------------------------------------- comparison

const cases = Array.from({ length: Number(options.count) }, make)
const name = ['accept', 'accept-language', 'accept-encoding']
for (const c of cases) {
  const found = new Negotiator({ headers: c.header === undefined ? {} : { [name[c.kind]]: c.header } })[MAKERS[c.kind].method](c.offers)
  c.theirs = found[0] ?? '-'
}
const ran = spawnSync(program, { maxBuffer: 1 << 28, encoding: 'utf8', input: cases.map((c) =>
  `${c.kind} ${c.offers.join(',')} ${c.header === undefined ? '-' : Buffer.from(c.header).toString('hex')}\n`).join('') })
const ours = ran.stdout.split('\n')
if (ran.status !== 0 || ours.length !== cases.length + 1) {
  console.error(ran.error ?? `the program ended with ${ran.status ?? ran.signal}: ${ran.stderr}`)
  process.exit(1)
}
const seen = new Map(CLASSES.map(([title]) => [title, 0]))
let same = 0, chosen = 0, unexplained = 0
cases.forEach((c, i) => {
  if (ours[i] === c.theirs) {
    same++
    chosen += c.theirs !== '-'
    return
  }
  const found = CLASSES.find(([, looks]) => looks(c))
  if (found) seen.set(found[0], seen.get(found[0]) + 1)
  else if (unexplained++ < 20) console.log(`FAIL we choose ${ours[i]}, they ${c.theirs}: ${JSON.stringify(c)}`)
})
const stale = [...seen].filter(([, times]) => times === 0)
for (const [title, times] of seen) console.log(`    ${times === 0 ? 'FAIL never seen: ' : ''}${title}: ${times}`)
console.log(`negotiation: ${cases.length} cases, ${same} the same (${chosen} of them with a choice), ${unexplained} unexplained`)
process.exit(unexplained === 0 && stale.length === 0 && chosen > cases.length / 4 ? 0 : 1)
