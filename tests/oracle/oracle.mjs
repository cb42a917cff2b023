// Holds the codec against ajv: random types and instances, one verdict each, which must agree.
//
// usage: node tests/oracle/oracle.mjs [--seed N] [--count N] [--types N] [--each N] [--lib FILE]
//                                     [--optional]
//
// --optional: without ajv and a registry to fetch it from, there is nothing to do and nothing fails.
//
// A batch is one C file of types, compiled once with tests/oracle/verdict.c and the library.  Where
// the two disagree, each place is looked up among DIFFERENCES, which are meant; anything else fails
// and is shown with what repeats it.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { at, Instances, modelAt, unescape, walk } from './instance.mjs'
import { Batch, schemaOf, WHOLE } from './model.mjs'
import { Random } from './random.mjs'
import { install } from './referees.mjs'

const HERE = dirname(fileURLToPath(import.meta.url))
const TOP = dirname(dirname(HERE))
const SHOWN_MAX = 10
const OK = 0, MISMATCH = -104

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' }, count: { type: 'string', default: '100000' },
    types: { type: 'string', default: '200' }, each: { type: 'string', default: '25' },
    optional: { type: 'boolean', default: false },
    lib: { type: 'string', default: join(TOP, 'build/libopenspeed.a') },
  },
})

// ---------------------------------------------------------------- deliberate differences

const isWhole = (model) => model?.kind in WHOLE
const number = (tree) => tree?.raw !== undefined && /^[-0-9]/.test(tree.raw)
const instant = (text) => /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)

/** Whether one decimal is a multiple of another, both as text. */
function isDecimalMultiple(value, of) {
  const read = (text) => {
    const [, whole, fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
    return { digits: BigInt(whole + fraction), power: Number(exponent) - fraction.length }
  }
  const [a, b] = [read(value), read(of)], least = Math.min(a.power, b.power)
  const scaled = ({ digits, power }) => digits * 10n ** BigInt(power - least)
  return Math.abs(a.power - b.power) < 400 && scaled(a) % scaled(b) === 0n
}

// name, reason, and who is right about it: `place` gets { model, tree, code, keyword, text }.  One of
// code (what the codec says) and keyword (what ajv says) is set.
const DIFFERENCES = [
  ['duplicate', 'RFC 7493 section 2.3 forbids members of one name; JSON.parse keeps the last one',
    (p) => p.code === 'duplicate'],
  ['shadowed', 'of members of one name JSON.parse keeps the last, and ajv judges that one alone',
    (p) => p.twice],
  ['whole number spelt 1.0 or 1e2', 'an integer of C is written as one; JSON Schema looks at the value alone',
    (p) => p.code === 'type' && isWhole(p.model) && number(p.tree) && /[.eE]/.test(p.tree.raw) && Number.isInteger(Number(p.tree.raw))],
  ['beyond 2^53', 'integers are exact in the codec and doubles in JSON.parse',
    (p) => (isWhole(p.model) && !p.model.asString && number(p.tree) && Math.abs(Number(p.tree.raw)) >= 2 ** 53)],
  ['string of digits out of range', 'an integer as a string still has the range of its C type, which a pattern cannot say',
    (p) => p.code === 'type' && p.model?.asString && /^-?\d+$/.test(p.tree?.text ?? '') &&
      (BigInt(p.tree.text) > BigInt(WHOLE[p.model.kind][1]) - (p.model.kind.endsWith('64') ? 1n : 0n) || BigInt(p.tree.text) < BigInt(WHOLE[p.model.kind][0]))],
  ['too large a double', 'a number beyond every double is refused; JSON.parse makes it infinite',
    (p) => p.code === 'type' && ['double', 'float'].includes(p.model?.kind) && number(p.tree) && Math.abs(Number(p.tree.raw)) > 3.4e38],
  ['multiple beyond 1e21', 'ajv reads the quotient with parseInt, which sees 1 in "1e+21"',
    (p) => p.code === undefined && p.model?.multipleOf !== undefined && number(p.tree) && Math.abs(Number(p.tree.raw) / p.model.multipleOf) >= 1e21],
  ['decimal multiple', 'the codec divides decimals, of which -21.9 is a multiple of 0.1; ajv divides doubles',
    (p) => p.code === undefined && p.model?.multipleOf !== undefined && number(p.tree) && !Number.isInteger(p.model.multipleOf) &&
      isDecimalMultiple(p.tree.raw, String(p.model.multipleOf))],
  ['rounded quotient', 'ajv divides doubles: -253.07000000000002 by 0.01 is whole, and so is all beyond 2^53',
    (p) => p.code === 'multiple_of' && number(p.tree) && Number.isInteger(Number(p.tree.raw) / p.model.multipleOf) &&
      !isDecimalMultiple(isWhole(p.model) ? p.tree.raw : String(Number(p.tree.raw)), String(p.model.multipleOf))],
  ['line separators', 'a dot of ECMAScript stops at U+2028 and U+2029 as well, and at a carriage return',
    (p) => p.code === undefined && p.model?.pattern?.includes('.') && /[\r\u2028\u2029]/.test(p.tree?.text)],
  ['float', 'a float is judged after it was rounded to one, for that is the value the application sees',
    (p) => p.model?.kind === 'float' && number(p.tree) && Math.fround(Number(p.tree.raw)) !== Number(p.tree.raw)],
  ['time with a space', 'RFC 3339 section 5.6 has a T; ajv-formats takes white space as well',
    (p) => p.code === 'type' && p.model?.kind === 'time' && /^\d{4}-\d\d-\d\d\s/.test(p.tree?.text)],
  ['offset without a colon', 'RFC 3339 section 5.6 has a colon in an offset; ajv-formats takes +0200 and +02 as well',
    (p) => p.code === 'type' && p.model?.kind === 'time' && /[+-]\d\d(?:\d\d)?$/.test(p.tree?.text)],
  ['digits of a second', 'at most nine, which no clock exceeds',
    (p) => p.code === 'type' && p.model?.kind === 'time' && /\.\d{10,}/.test(p.tree?.text)],
  ['time outside the years 0 to 9999', 'an offset can lead out of the years that can be written',
    (p) => p.code === 'type' && p.model?.kind === 'time' && /^(?:0000-01-01|9999-12-31)/.test(p.tree?.text) && instant(p.tree.text)],
  ['leap second', 'only at 23:59 UTC; ajv-formats computes with the offset in another way',
    (p) => p.model?.kind === 'time' && /:60/.test(p.tree?.text)],
  ['urn:uuid:', 'RFC 9562 section 4 shows the 36 characters alone; ajv-formats takes the URN as well',
    (p) => p.code === 'type' && p.model?.kind === 'uuid' && /^urn:uuid:/i.test(p.tree?.text)],
  ['long duration', 'a duration must fit in 64 bits of microseconds',
    (p) => p.code === 'type' && p.model?.kind === 'duration' && /\d{7,}/.test(p.tree?.text)],
  ['email without a dot', 'a mail address of the open net has a domain with a dot; lengths as RFC 5321 section 4.5.3.1',
    (p) => p.code === 'format' && p.model?.format === 'email' && /@[^.]*$|.{65,}/.test(p.tree?.text)],
  ['hostname with a dot at its end', 'a name with its root is for resolvers, not for input',
    (p) => p.code === 'format' && p.model?.format === 'hostname' && /\.$/.test(p.tree?.text)],
  ['uri', 'RFC 3986 to the letter: an empty path is allowed, and no quotation mark',
    (p) => ['uri', 'url'].includes(p.model?.format) && (/^[a-z][a-z0-9+.-]*:$/i.test(p.tree?.text) || /"|^[^/]*:\/?[^/]*\[/i.test(p.tree?.text))],
  ['url', 'RFC 9110 section 4.2: user information is an error, a host is needed',
    (p) => p.code === 'format' && p.model?.format === 'url' && /@|:\/\/(?:[/?#:]|$)/.test(p.tree?.text)],
  ['equal but for what is not kept', 'unique is of the values that the application sees: without unknown members, with fallbacks, times in UTC, ...',
    (p) => p.code === 'unique' && spellings(p.model?.items)],
  ['values compared by their text', 'raw JSON, and maps in the order of the document, are compared as they are written',
    (p) => p.code === undefined && p.model?.unique && written(p.model.items)],
  ['long list with bad items', 'items beyond max_len are counted, not stored, and so not judged',
    (p) => p.beyond],
]

/** Whether two texts may be one value of a node. */
function spellings(node) {
  if (node === undefined) return false
  if (node.kind === 'union') return node.cases.some((c) => spellings(c.type))
  if (node.kind === 'object') return !node.reject || node.members.some((m) => m.readOnly || m.fallback !== undefined || m.form === 'MAYBE' || spellings(m.node))
  return node.items !== undefined ? spellings(node.items) : ['time', 'uuid', 'duration', 'float'].includes(node.kind) || node.asString === true
}

/** Whether a node has raw values or maps, in which one value can be written in several ways. */
function written(node) {
  if (node === undefined) return false
  if (node.kind === 'union') return node.cases.some((c) => written(c.type))
  if (node.kind === 'object') return node.extra || node.members.some((m) => written(m.node))
  return node.kind === 'json' || node.kind === 'map' || written(node.items)
}

/** The difference that explains one place, or undefined. */
function explain(place) {
  return DIFFERENCES.find(([, , holds]) => holds(place))?.[0]
}

// ---------------------------------------------------------------- verdicts

/** Whether a step of a pointer goes through a name that stands twice, or an item beyond the most. */
function trail(model, tree, pointer) {
  let twice = false, beyond = false
  const steps = pointer.split('/')
  for (let i = 1; i <= steps.length; i++) {
    const above = steps.slice(0, i).join('/')
    const node = at(tree, above), kind = modelAt(model, tree, above)
    const names = node?.members?.map(([n]) => n)
    twice ||= names !== undefined && new Set(names).size !== names.length
    if (i === steps.length) break
    const index = node?.items ? Number(steps[i]) : kind?.kind === 'map' && names ? names.lastIndexOf(unescape(steps[i])) : -1
    beyond ||= index >= (kind?.count ?? kind?.max ?? Infinity)
  }
  return { twice, beyond }
}

/** What only the whole text can tell, or undefined. */
function explainText(text, tree) {
  let lone = false, depth = 0
  walk(tree, (node) => {
    const words = node.members ? node.members.map(([n]) => n) : node.text !== undefined ? [node.text] : []
    lone ||= words.some((w) => !w.isWellFormed())
  })
  for (const c of text) depth += '[{'.includes(c)
  return lone ? 'lone surrogate (RFC 7493 section 2.1)' : depth > 64 ? 'depth' : undefined
}

/** Says why a pair may differ; throws a sentence when nothing explains it. */
function hold(model, tree, text, ours, good, errors) {
  if (ours.status !== OK && ours.status !== MISMATCH) {
    const why = explainText(text, tree)
    if (why === undefined) throw new Error(`the codec says that it is no JSON: ${ours.error}`)
    return [why]
  }
  if ((ours.status === OK) === good) return []
  const places = ours.status === OK ? errors.map((e) => ({ pointer: e.instancePath, keyword: e.keyword, params: e.params }))
    : ours.issues.map(([pointer, code]) => ({ pointer, code }))
  return places.filter((p) => !['if', 'anyOf', 'allOf'].includes(p.keyword)).map((p) => {
    const place = { ...p, model: modelAt(model, tree, p.pointer), tree: at(tree, p.pointer), ...trail(model, tree, p.pointer) }
    if (p.keyword === 'type' && p.params.type === 'null') return 'null branch'
    const why = explain(place)
    if (why === undefined) {
      throw new Error(ours.status === OK ? `ajv refuses ${p.pointer}: ${p.keyword}` : `the codec refuses ${p.pointer}: ${p.code}`)
    }
    return why
  })
}

/** Pointers of what ajv refuses, as the codec names them. */
function ajvPlaces(errors) {
  const out = new Set()
  const escape = (name) => name.replaceAll('~', '~0').replaceAll('/', '~1')
  for (const e of errors) {
    if (['if', 'anyOf', 'allOf'].includes(e.keyword) || (e.keyword === 'type' && e.params.type === 'null')) continue
    const more = e.params.missingProperty ?? e.params.additionalProperty
    out.add(more === undefined ? e.instancePath : `${e.instancePath}/${escape(more)}`)
  }
  return out
}

// ---------------------------------------------------------------- batches

async function validators() {
  const folder = join(TOP, 'build/oracle')
  try {
    install(folder, ['ajv', 'ajv-formats'])
  } catch {
    console.log('skip: npm cannot fetch ajv')
    process.exit(options.optional ? 0 : 1)
  }
  const require = createRequire(join(folder, 'x.js'))
  const Ajv = require('ajv/dist/2020').default
  const addFormats = require('ajv-formats').default
  return () => {
    const ajv = new Ajv({ allErrors: true, strict: false, ownProperties: true, validateSchema: false })
    addFormats(ajv)
    return ajv
  }
}

function compile(source, folder) {
  const file = join(folder, 'types.c'), program = join(folder, 'verdict')
  writeFileSync(file, source)
  const libs = ['-lm', '-lpthread', '-lpcre2-8']
  const done = spawnSync('gcc', ['-std=gnu17', '-O0', '-D_GNU_SOURCE', ...(process.env.OSP_ORACLE_CFLAGS ?? '').split(' ').filter(Boolean),
    `-I${TOP}`, `-I${TOP}/src`, `-I${TOP}/include`, file, join(HERE, 'verdict.c'), options.lib, ...libs, '-o', program], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`a batch does not compile:\n${done.stderr.slice(0, 3000)}`)
  return program
}

function frame(index, text) {
  const bytes = Buffer.from(text)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(index, 0)
  head.writeUInt32LE(bytes.length, 4)
  return [head, bytes]
}

const total = { pairs: 0, good: 0, bad: 0, failed: 0, sameplaces: 0, otherplaces: 0, again: 0, why: new Map() }

function report(problem, batchSeed, top, text, ours, errors) {
  total.failed++
  if (total.failed > SHOWN_MAX) return
  console.log(`FAIL batch seed ${batchSeed}, type ${top.c}: ${problem}\n  text   ${text}\n  codec  ${JSON.stringify(ours)}\n` +
    `  ajv    ${JSON.stringify((errors ?? []).map((e) => [e.instancePath, e.keyword, e.params]))}\n  schema ${JSON.stringify(schemaOf(top))}`)
}

function runBatch(seed, count, makeAjv, folder) {
  const random = new Random(seed)
  const batch = new Batch(random)
  const tops = Array.from({ length: Math.min(Number(options.types), Math.ceil(count / Number(options.each))) }, () => batch.top())
  const program = compile(batch.source(tops), folder)
  const instances = new Instances(random)
  const pairs = []
  for (let i = 0; i < count; i++) {
    const index = i % tops.length
    let tree = instances.tree(tops[index])
    for (let left = random.pick([0, 0, 1, 1, 1, 2, 3]); left > 0; left--) tree = instances.mutate(tree)
    pairs.push({ index, tree, text: instances.write(tree) })
  }
  const done = spawnSync(program, { input: Buffer.concat(pairs.flatMap((p) => frame(p.index, p.text))), maxBuffer: 1 << 30, encoding: 'utf8' })
  const lines = done.stdout.split('\x1e')
  if (done.status !== 0 || lines.length !== pairs.length + 1) {
    throw new Error(`batch seed ${seed}: the driver ended with ${done.status ?? done.signal} at pair ${lines.length - 1}: ${pairs[lines.length - 1]?.text}\n${done.stderr.slice(0, 3000)}`)
  }
  const ajv = makeAjv()
  const validate = tops.map((t) => ajv.compile(schemaOf(t)))
  pairs.forEach((pair, i) => judge(pair, JSON.parse(lines[i]), tops[pair.index], validate[pair.index], seed))
}

function judge({ tree, text }, ours, top, validate, seed) {
  const good = validate(JSON.parse(text))
  const errors = validate.errors ?? []
  total.pairs++
  total[good ? 'good' : 'bad']++
  try {
    const whys = hold(top, tree, text, ours, good, errors)
    for (const why of new Set(whys)) total.why.set(why, (total.why.get(why) ?? 0) + 1)
    if (ours.status === OK && good) {
      total.again++
      if (!hasReadOnly(top) && !validate(ours.again)) {
        // Of two absences, null and none, a MAYBE writes none.
        const e = validate.errors[0]
        if (!validate.errors.some((x) => x.keyword === 'dependentRequired')) throw new Error(`written back as ${JSON.stringify(ours.again)}, which ajv refuses at ${e.instancePath}: ${e.keyword}`)
      }
    }
    if (ours.status === MISMATCH && !good && whys.length === 0) comparePlaces(top, tree, ours, errors)
  } catch (error) {
    report(error.message, seed, top, text, ours, errors)
  }
}

/** A member that only the application sets is empty here, and empty is not always good. */
function hasReadOnly(node) {
  if (node.kind === 'union') return node.cases.some((c) => hasReadOnly(c.type))
  if (node.kind === 'object') return node.members.some((m) => m.readOnly || hasReadOnly(m.node))
  return node.items !== undefined && hasReadOnly(node.items)
}

/** Both refuse: every place that one names and the other does not must be explained as well. */
function comparePlaces(top, tree, ours, errors) {
  if (ours.dropped > 0) return
  const theirs = ajvPlaces(errors)
  const mine = new Set(ours.issues.map(([p]) => p))
  const only = [...ours.issues.filter(([p]) => !theirs.has(p)).map(([pointer, code]) => ({ pointer, code })),
    ...[...theirs].filter((p) => !mine.has(p)).map((pointer) => ({ pointer, keyword: 'any' }))]
  for (const p of only) {
    const place = { ...p, model: modelAt(top, tree, p.pointer), tree: at(tree, p.pointer), ...trail(top, tree, p.pointer) }
    if (explain(place) === undefined && !cut(place, mine, errors)) {
      throw new Error(`both refuse, but only ${p.code ? 'the codec' : 'ajv'} names "${p.pointer}"${p.code ? `: ${p.code}` : ''}`)
    }
  }
  total[only.length === 0 ? 'sameplaces' : 'otherplaces']++
}

/** What the codec leaves out when something below is wrong already, or the text is too long. */
function cut(place, mine, errors) {
  const here = errors.filter((e) => e.instancePath === place.pointer && !['type', 'anyOf'].includes(e.keyword))
  const below = [...mine].some((p) => p.startsWith(`${place.pointer}/`))
  return here.length > 0 && here.every((e) => e.keyword === 'uniqueItems') && below
}

async function main() {
  const makeAjv = await validators()
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'))
  const size = Number(options.types) * Number(options.each), count = Number(options.count)
  try {
    for (let seed = Number(options.seed); total.pairs < count; seed++) {
      runBatch(seed, Math.min(size, count - total.pairs), makeAjv, folder)
      console.log(`${total.pairs} of ${count} pairs, ${total.good} good by ajv, ${total.failed} unexplained`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  for (const [why, times] of [...total.why].sort((a, b) => b[1] - a[1])) console.log(`  differs as meant: ${why}: ${times}`)
  console.log(`  written back and accepted again: ${total.again}; refused at the same places: ${total.sameplaces}, at others as meant: ${total.otherplaces}`)
  console.log(`${total.pairs - total.failed} passed, ${total.failed} failed`)
  process.exitCode = total.failed > 0 ? 1 : 0
}

await main()
