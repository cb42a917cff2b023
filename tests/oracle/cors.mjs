// Compares what osp_cors answers with npm's cors: the same options, the same requests.
//
// usage: node tests/oracle/cors.mjs PROGRAM FOLDER [--count N] [--seed N] [--optional]
//
// PROGRAM is oracle_cors; FOLDER is where npm puts the referee, once.  --optional: without it and a registry to
// fetch it from there is nothing to do, and nothing fails.  What differs on purpose is done to the referee's answer,
// in DIFFERENCES; then both must be the same, and each difference must have happened.
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
  install(folder, ['cors'])
} catch {
  console.log('skip: npm cannot fetch cors')
  process.exit(options.optional ? 0 : 1)
}
const cors = createRequire(path.resolve(folder, 'x.js'))('cors')

// ---------------------------------------------------------------- cases

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] // as osp_method counts them
const random = new Random(Number(options.seed))
const some = (list, most) => [...new Set(Array.from({ length: random.int(0, most) }, () => random.pick(list)))]
const GOOD = ['https://a.example', 'https://b.example:8443', 'http://localhost:3000', 'http://[::1]:3000', 'https://xn--bcher-kva.example', 'app://shop']
const BAD = ['null', 'https://a.example/', 'https://A.example', 'a.example', 'https://*.example', 'https://u@a.example', '*', 'https://']
const ASKED = [...GOOD, ...BAD, 'https://a.example.evil', 'https://evila.example', 'http://a.example', 'https://a.example:443', 'https://b.example', 'https://a.exampl',
  'HTTPS://a.example', 'https://a.example, https://b.example:8443', 'https://a.example https://b.example:8443', 'http://localhost:30000', '']
const HEADERS = ['X-A', 'X-Long-Name', 'Content-Type', 'Authorization', 'x-a']

function make() {
  const any = random.chance(25)
  const routes = some(METHODS.slice(0, 6), 5)
  return {
    origins: any ? ['*'] : random.chance(3) ? [] : [...some(GOOD, 3), ...(random.chance(8) ? [random.pick(BAD)] : [random.pick(GOOD)])],
    headers: random.chance(50) ? some(HEADERS, 3).join(', ') : undefined,
    expose: random.chance(40) ? some(HEADERS, 3).join(', ') : undefined,
    age: random.pick([0, 0, 1, 600, 86400]),
    credentials: random.chance(any ? 10 : 50),
    routes: routes.length > 0 ? routes : ['GET'],
    method: random.chance(50) ? 'OPTIONS' : random.pick(METHODS),
    origin: random.chance(10) ? undefined : random.chance(60) ? random.pick(GOOD) : random.pick(ASKED),
    asked: random.chance(70) ? random.pick([...METHODS, 'BREW']) : undefined,
    askedHeaders: random.chance(50) ? some(HEADERS, 3).join(random.pick([',', ', '])) : undefined,
  }
}

// ---------------------------------------------------------------- both

const lists = new Set(['vary', 'access-control-allow-methods', 'access-control-allow-headers', 'access-control-expose-headers'])
const fields = (pairs) => Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), lists.has(name.toLowerCase())
  ? String(value).split(',').map((one) => one.trim()).sort().join(',') : String(value)]).filter(([name]) => name === 'vary' || name.startsWith('access-control-')).sort())

/** What a URL answers, as we say it in Allow. */
const methodsOf = (c) => METHODS.filter((m) => m === 'OPTIONS' || c.routes.includes(m) || (m === 'HEAD' && c.routes.includes('GET')))

/** The referee's answer, asked by another method where that is said. */
function theirs(c, method = c.method) {
  const headers = Object.fromEntries([['origin', c.origin], ['access-control-request-method', c.asked], ['access-control-request-headers', c.askedHeaders]].filter(([, value]) => value !== undefined))
  const set = new Map()
  const response = { statusCode: 200, getHeader: (name) => set.get(name.toLowerCase()), setHeader: (name, value) => set.set(name.toLowerCase(), value), end() {} }
  const empty = (text) => (text === '' ? undefined : text) // which would be sent so; ours is not
  cors({ origin: c.origins[0] === '*' && c.origins.length === 1 ? '*' : c.origins, methods: methodsOf(c), allowedHeaders: c.headers, exposedHeaders: empty(c.expose),
    credentials: c.credentials, maxAge: c.age || undefined })({ method, headers }, response, () => {})
  return { status: response.statusCode, fields: fields([...set]) }
}

const isGood = (origin) => GOOD.includes(origin)
const isAny = (c) => c.origins.length === 1 && c.origins[0] === '*'
const isListed = (c) => isAny(c) || c.origins.includes(c.origin)
const isPreflight = (c) => c.method === 'OPTIONS' && c.origin !== undefined && c.origin !== '' && c.asked !== undefined

const without = ({ status, fields: has }, name) => ({ status, fields: Object.fromEntries(Object.entries(has).filter(([key]) => key !== name)) })

// Why we differ, when, and what the answer is then.
const DIFFERENCES = [
  ['cookies for any origin do not build: no browser would take the answer', (c) => isAny(c) && c.credentials, () => 'refused'],
  ['an origin that no browser sends does not build, nor does a list of none', (c) => !isAny(c) && !(c.origins.length > 0 && c.origins.every(isGood)), () => 'refused'],
  ['an OPTIONS that asks for no method is no preflight (Fetch 3.2.2)', (c) => c.method === 'OPTIONS' && !isPreflight(c), (c) => theirs(c, 'GET')],
  ['what no page of another origin has sent gets no field but Vary', (c) => !c.origin && !isAny(c), (c, answer) => ({ ...answer, fields: { vary: 'Origin' } })],
  ['an origin that is not listed gets no field but Vary', (c) => c.origin && !isListed(c), (c, answer) => ({ ...answer, fields: { vary: 'Origin' } })],
  ['and its preflight is a failure, which says why', (c) => isPreflight(c) && !isListed(c), (c, answer) => ({ ...answer, status: 403 })],
  ['a preflight does not say which fields scripts may read: they never see it', (c) => isPreflight(c) && isListed(c) && !!c.expose, (c, answer) => without(answer, 'access-control-expose-headers')],
  ['headers of none are none, and not those that are asked for', (c) => isPreflight(c) && isListed(c) && c.headers === '',
    (c, answer) => without(isAny(c) ? without(answer, 'vary') : { ...answer, fields: { ...answer.fields, vary: 'Origin' } }, 'access-control-allow-headers')],
]

function expected(c) {
  let answer = theirs(c)
  for (const [i, [, happens, change]] of DIFFERENCES.entries()) {
    if (answer === 'refused' || !happens(c)) continue
    answer = change(c, answer)
    seen[i]++
  }
  return answer
}

function read(line, c) {
  if (line === 'refused') return line
  const [status, ...words] = line.split(' ')
  const found = fields(words.map((word) => word.split('=').map((hex) => Buffer.from(hex, 'hex').toString())))
  if (+status >= 400 && found.vary !== undefined) { // a problem in the form that the client likes
    found.vary = found.vary.split(',').filter((name) => name !== 'Accept').join(',')
    if (found.vary === '') delete found.vary
  }
  return { status: isPreflight(c) ? +status : 200, fields: found } // else the route's, or that of its absence
}

// ---------------------------------------------------------------- comparison

const seen = DIFFERENCES.map(() => 0)
const cases = Array.from({ length: Number(options.count) }, make)
const hex = (text) => (text === undefined ? '-' : text === '' ? '=' : Buffer.from(text).toString('hex'))
const ran = spawnSync(program, { maxBuffer: 1 << 28, encoding: 'utf8', input: cases.map((c) => [c.origins.join(' '), c.headers, c.expose, `${c.age}`, c.credentials ? '1' : '0',
  `${METHODS.reduce((bits, name, i) => bits + (c.routes.includes(name) ? 2 ** i : 0), 0)}`, c.method, c.origin, c.asked, c.askedHeaders].map(hex).join(' ') + '\n').join('') })
const lines = ran.stdout.split('\n')
if (ran.status !== 0 || lines.length !== cases.length + 1) {
  console.error(ran.error ?? `the program ended with ${ran.status ?? ran.signal}, ${lines.length} lines: ${ran.stderr}`)
  process.exit(1)
}
let same = 0, let_in = 0, unexplained = 0
cases.forEach((c, i) => {
  const ours = read(lines[i], c), wanted = expected(c)
  if (JSON.stringify(ours) === JSON.stringify(wanted)) {
    same++
    let_in += ours !== 'refused' && 'access-control-allow-origin' in ours.fields
  } else if (unexplained++ < 20) {
    console.log(`FAIL we say ${JSON.stringify(ours)}, they ${JSON.stringify(wanted)}: ${JSON.stringify(c)}`)
  }
})
for (const [i, [title]] of DIFFERENCES.entries()) console.log(`    ${seen[i] === 0 ? 'FAIL never seen: ' : ''}${title}: ${seen[i]}`)
console.log(`CORS: ${cases.length} cases, ${same} as expected (${let_in} of them let a page read), ${unexplained} unexplained`)
process.exit(unexplained === 0 && seen.every((times) => times > 0) && let_in > cases.length / 4 ? 0 : 1)
