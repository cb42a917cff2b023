// Sends events to npm's eventsource-parser: what it reads must be what was sent.
//
// usage: node tests/oracle/events.mjs PROGRAM FOLDER [--count N] [--seed N] [--optional]
//
// PROGRAM is oracle_events; FOLDER is where npm puts the referee, once.  --optional: without it and a registry to
// fetch it from there is nothing to do, and nothing fails.  Each stream is read whole and cut at random places.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { Random } from './random.mjs'
import { install } from './referees.mjs'

const { values: options, positionals: [program, folder] } = parseArgs({ allowPositionals: true, options: {
  count: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, optional: { type: 'boolean', default: false },
} })

try {
  install(folder, ['eventsource-parser'])
} catch {
  console.log('skip: npm cannot fetch eventsource-parser')
  process.exit(options.optional ? 0 : 1)
}
const { createParser } = await import(pathToFileURL(path.resolve(folder, 'node_modules/eventsource-parser/dist/index.js')))

// ---------------------------------------------------------------- cases

const random = new Random(Number(options.seed))
const PIECES = ['a', 'ä', '😀', ' ', ':', '\n', '\r', '\r\n', '\n\n', 'data: ', 'event: evil', 'id:', 'retry: 1', '\ufeff', '\t', '{"a":1}', '\0']
const LONG = 'x'.repeat(505)
const some = (pieces, most) => Array.from({ length: random.int(0, most) }, () => random.pick(pieces)).join('')
const word = () => some(random.chance(3) ? PIECES : PIECES.filter((piece) => !/[\n\r\0]/.test(piece)), 4)
const make = () => Array.from({ length: random.int(1, 4) }, () => ({
  event: word(), id: word(), data: (random.chance(10) ? LONG : '') + some(PIECES, 12), retry: random.chance(20) ? random.int(1, 100000) : 0,
}))
const isBad = ({ event, id }) => /[\n\r\0]/.test(event + id)

// ---------------------------------------------------------------- comparison

const cases = Array.from({ length: Number(options.count) }, make)
const hex = (text) => `=${Buffer.from(text).toString('hex')}`
const ran = spawnSync(program, { maxBuffer: 1 << 28, encoding: 'utf8', input: cases.map((events) =>
  `${events.map((e) => `${hex(e.event)} ${hex(e.data)} ${hex(e.id)} ${e.retry}`).join(' ')}\n`).join('') })
const answers = ran.stdout.split('\n')
if (ran.status !== 0 || answers.length !== cases.length + 1) {
  console.error(ran.error ?? `the program ended with ${ran.status ?? ran.signal}: ${ran.stderr}`)
  process.exit(1)
}

function read(parts) {
  const seen = []
  const parser = createParser({
    onEvent: ({ event, data, id }) => seen.push(`${event ?? ''}|${data}|${id ?? ''}`),
    onRetry: (ms) => seen.push(`retry ${ms}`),
    onError: (error) => seen.push(`error ${error.message}`),
  })
  for (const part of parts) parser.feed(part)
  return JSON.stringify(seen)
}
function cut(text) {
  const parts = []
  for (let rest = text; rest !== '';) {
    const length = random.int(1, 40)
    parts.push(rest.slice(0, length))
    rest = rest.slice(length)
  }
  return parts
}

let refused = 0, wrong = 0
cases.forEach((events, i) => {
  const text = Buffer.from(answers[i], 'hex').toString()
  if (answers[i] === 'refused' || events.some(isBad)) {
    refused++
    if (answers[i] === 'refused' && events.some(isBad)) return
  }
  const wanted = JSON.stringify(events.flatMap((e) => [...(e.retry > 0 ? [`retry ${e.retry}`] : []),
    `${e.event}|${e.data.replace(/\r\n|\r/g, '\n')}|${e.id}`]))
  for (const got of [read([text]), read(cut(text))]) {
    if (got !== wanted && wrong++ < 20) console.log(`FAIL sent ${JSON.stringify(events)}: read ${got}`)
  }
})
console.log(`events: ${cases.length} streams, ${refused} of them refused, ${wrong} read otherwise`)
process.exit(wrong === 0 && refused > 0 && refused < cases.length / 4 ? 0 : 1)
