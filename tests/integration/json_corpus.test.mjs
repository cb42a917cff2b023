// The codec, Node and Python read the documents of tests/corpus/json.mjs; the codec must give each
// the verdict that stands there, and the two others as well but for what is listed.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

import { ACCEPT, DEPTH, DUPLICATE, rows, SYNTAX, UTF8 } from '../corpus/json.mjs'

const OK = 0, MISMATCH = -104
const STATUS = { [ACCEPT]: OK, [SYNTAX]: -100, [DEPTH]: -101, [UTF8]: -102, [DUPLICATE]: OK }
const show = (row) => `${row.verdict} (${row.why}): ${row.bytes.length > 80 ? `${row.bytes.length} bytes` : JSON.stringify(row.bytes.toString('latin1'))}`

/** Documents that another reader takes although they must be refused, or the other way round. */
const DIFFERENCES = {
  node: [
    ['lone surrogates stand in its strings', (r) => r.verdict === SYNTAX && r.why.startsWith('a surrogate')],
    ['no limit of depth', (r) => r.verdict === DEPTH],
    ['the last one of a name counts', (r) => r.verdict === DUPLICATE],
  ],
  python: [
    ['lone surrogates stand in its strings', (r) => r.verdict === SYNTAX && r.why.startsWith('a surrogate')],
    ['a limit of depth of its own', (r) => r.verdict === DEPTH],
    ['the last one of a name counts', (r) => r.verdict === DUPLICATE],
    ['NaN and Infinity are values', (r) => r.verdict === SYNTAX && /NaN|Infinity/.test(r.bytes)],
  ],
}

function ours() {
  const input = rows.flatMap(({ bytes }) => {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(bytes.length)
    return [head, bytes]
  })
  const done = spawnSync(join(process.env.OPENSPEED_BUILD_DIR, 'tests/json_verdicts'), { input: Buffer.concat(input), encoding: 'utf8', maxBuffer: 1 << 26 })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout.trimEnd().split('\n').map((line) => line.split(' ').map(Number))
}

function node(bytes) {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    return true
  } catch {
    return false
  }
}

const PYTHON = `
import json, sys
for line in sys.stdin:
    try:
        json.loads(bytes.fromhex(line.strip()).decode("utf-8"))
        print(1)
    except (ValueError, RecursionError):
        print(0)
`

function compare(name, verdicts) {
  const wrong = []
  const used = new Set()
  rows.forEach((row, i) => {
    const wanted = row.verdict === ACCEPT
    if (verdicts[i] === wanted) return
    const known = DIFFERENCES[name].find(([, holds]) => holds(row))
    if (known) used.add(known[0])
    else wrong.push(`${name} ${verdicts[i] ? 'takes' : 'refuses'} ${show(row)}`)
  })
  assert.deepEqual(wrong, [])
  assert.deepEqual(DIFFERENCES[name].map(([why]) => why).filter((why) => !used.has(why)), [], 'differences that never occur')
}

test('every document has the verdict that its reason says', () => {
  const verdicts = ours()
  assert.equal(verdicts.length, rows.length)
  assert.ok(rows.length > 800)
  const wrong = []
  rows.forEach((row, i) => {
    const [check, raw, members, ...typed] = verdicts[i]
    const wanted = STATUS[row.verdict]
    if (check !== wanted || raw !== wanted) wrong.push(`check ${check}, raw ${raw}: ${show(row)}`)
    const isObject = row.bytes.toString('latin1').trimStart().startsWith('{')
    const kept = row.verdict === DUPLICATE || (wanted === OK && !isObject) ? MISMATCH : wanted
    if (members !== kept) wrong.push(`members ${members}: ${show(row)}`)
    // Whatever it is read as: what is no JSON is refused for the same reason, what is JSON is not.
    if (typed.some((status) => status !== wanted && !(wanted === OK && status === MISMATCH))) wrong.push(`typed ${typed}: ${show(row)}`)
  })
  assert.deepEqual(wrong, [])
})

test('Node agrees, but for what is listed', () => {
  compare('node', rows.map(({ bytes }) => node(bytes)))
})

test('Python agrees, but for what is listed', () => {
  const done = spawnSync('python3', ['-X', 'int_max_str_digits=0', '-c', PYTHON], { input: rows.map(({ bytes }) => bytes.toString('hex')).join('\n') + '\n', encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  compare('python', done.stdout.trimEnd().split('\n').map((line) => line === '1'))
})
