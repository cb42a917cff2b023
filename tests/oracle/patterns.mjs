// Asks OpenSpeed's router, and those of Hono and rou3, about the same trees and URLs: first about the trees of their own
// tests, as folders, then about random ones.
//
// usage: node tests/oracle/patterns.mjs PROGRAM FOLDER [--count 100000] [--seed 1] [--optional]
//
// PROGRAM is oracle_routes; FOLDER is where npm puts the referees, once.  --optional: without them and a registry to
// fetch them from there is nothing to do, and nothing fails.  The file that answers and its parameters must be the same.
//
// Hono calls all that fit in the order in which they were added, and takes any text for any method: it is given the
// routes in the order that docs/routing.md tells, and its first one counts.  rou3 has an order of its own, which counts.
// What only one side has is not asked: patterns that a folder cannot be called, trees that do not build, and URLs
// that we read otherwise than as they are sent (tests/oracle/routes.mjs asks about those).
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { Random } from './random.mjs'
import { installRouter } from './referees.mjs'
import { hono, rank, rou3 } from './routers/ask.mjs'
import { Trees } from './trees.mjs'

const { values: options, positionals: [program, folder] } = parseArgs({ allowPositionals: true, options: {
  count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, optional: { type: 'boolean', default: false },
} })
const URLS = 8, AT_ONCE = 2000

const referees = {}
try {
  for (const [name, ask] of Object.entries({ hono, rou3 })) {
    installRouter(folder, name)
    referees[name] = await ask(path.resolve(folder))
  }
} catch (error) {
  console.log(`skip: the routers of Hono and rou3 cannot be had: ${error.message.split('\n')[0]}`)
  process.exit(options.optional ? 0 : 1)
}

// ---------------------------------------------------------------- their own tests

// Trees as "a/[b] c", and URLs.
const VECTORS = [
  ['hello', '/hello /'],
  ['entry/[constructor]', '/entry/123 /entry'],
  ['wild/[x]/card', '/wild/xxx/card /wild/constructor/card /wild/card'],
  ['entry/[id]', '/entry/123 /entry-123'],
  ['api/abc api/[...rest]', '/api/abc /api/def /api'],
  ['post/[date=int]/[title=word]', '/post/20210101/hello /post/onetwothree /post/123/123'],
  ['api/[[...rest]] api/posts', '/api /api/posts /api/x/y'],
  ['[type]/[action] [...rest]', '/posts/123 /posts /posts/123/x'],
  ['entry entry/[id] entry/[id]/comment/[comment]', '/entry /entry/123 /entry/123/comment/456 /entry/123/comment'],
  ['posts/[id]/comments/[comment] posts/[id]', '/ /posts/1 /posts/1/comments/2'],
  ['[id]/[action] posts/[id]', '/posts/get /x/get'],
  ['page [...rest]', '/page /x'],
  ['path/[[...rest]]', '/path /path/to/file /pathfoo'],
  ['[id=word]/[...rest] [id=word]', '/abc /abc/def /123'],
  ['a/[x]/b/[[...rest]]', '/a/x/b /a/x/b/c /a/x/bz'],
  ['v1 v1/[version] v1/[version]/[platform]', '/v1/123/abc /v1/123 /v1'],
  ['long/prefix/[...one] long/[...two] [...three]', '/ /long/prefix /long/prefix/test /long /x'],
  ['[dir=word]/[x]/file.html', '/foo/bar/file.html /1/bar/file.html'],
  ['regex-abc/[id=int]/[...rest] regex-abc/[id=int]/def', '/regex-abc/123/ghi /regex-abc/123/def /regex-abc/x/def'],
  ['users/[name=word] users/[name=word]/posts', '/users/hono /users/hono/posts /users/1'],
  ['book book/[id]', '/book /book/1'],
  ['route another-router this/is/yet/another/route', '/ /route /another-router /this/is/yet/another/route /this/is'],
  ['carbon/[element] carbon/[element]/test/[testing] this/[route]/has/[cool]/stuff', '/carbon/test1 /carbon /carbon/test2/test/test23 /this/test/has/more/stuff'],
  ['[a] [a]/[b] [a]/[b]/[c] [a]/[b]/[c]/[d]', '/ /a /a/b /a/x/b /a/y/x/b /a/y/x/b/z'],
  ['polymer/[...id] polymer/another/route route/[p1]/something/[...rest]', '/polymer/another/route /polymer/anon /polymer/foo/bar/baz /route/param1/something/c/d /polymer/another'],
  ['test test/[...rest] wildcard/[[...rest]]', '/test /test/abc /wildcard /wildcard/abc/def'],
  ['polymer/[...rest] polymer/route/[x]', '/polymer/foo/bar /polymer/route/anon /polymer/constructor /polymer/route'],
  ['npm/[one]/[two] npm/@[one]/[two]', '/npm/@test/123 /npm/test/123 /npm/@/123'],
  ['test test/[id] test/[id]/y test/[id]/y/z test/foo test/foo/[x] test/foo/[...rest] test/foo/bar/qux test/foo/baz test/fooo another/path [...all]',
    '/test /test/foo /test/fooo /another/path /test/123 /test/123/y /test/123/y/z /test/foo/123 /test/foo/123/456 /test/foo/bar /test/foo/bar/qux /test/foo/baz /anything /any/deep/path'],
  ['users/[user_id] users/[user_id]/posts/[post_id]', '/users/123 /users/abc/posts/456 /users/foo/bar'],
  ['files/[name].json files/[name].[end]', '/files/readme.json /files/a.b.json /files/readme.txt /files/readme'],
  ['x/[id=int] x/[id]', '/x/42 /x/abc /x/007'],
]

// ---------------------------------------------------------------- the same question to all

const random = new Random(Number(options.seed)), trees = new Trees(random, false)
const PATTERNS = ['[x=int]', '[x=int]', '[x=word]', '@[x]', 'v[x].json', '[x].[y]']
trees.pattern = (depth) => random.pick(PATTERNS).replace(/\[([xy])/g, (_, letter) => `[${letter}${depth}`)
const plain = trees.segment
trees.segment = (depth) => (random.chance(15) ? trees.pattern(depth) : plain.call(trees, depth))
trees.name = (letter, depth) => (random.chance(2) ? random.pick(['z', 'x0', 'id']) : `${letter}${depth}`) // rou3 takes a `-` in one for another thing
trees.value = () => random.pick(['a', 'b', 'ab', 'c', '1', '42', '007', '123456789', 'a-b', '@a', '@', 'a.b', 'v1.json', 'v.json', 'page', '_a', 'A'])

/** One that is its own normal form, and no text that only we look at. */
const isPlain = (url) => url === '/' || (/^(?:\/[A-Za-z0-9\-._~@+,]+)+$/.test(url) && !/\/\.{1,2}(?:\/|$)/.test(url))

function make() {
  const tree = trees.tree().filter((folders) => !folders.some((name) => name.includes('+'))), urls = [] // which Hono takes for an expression
  if (tree.length === 0) tree.push(['a'])
  for (let tries = 0; urls.length < URLS && tries < 100; tries++) {
    const url = trees.url(tree)
    if (isPlain(url)) urls.push(url)
  }
  return { tree, urls }
}

const text = (found) => (found === undefined ? '404' : `${found.file} ${JSON.stringify(Object.entries(found.params).sort())}`)
function read(line) {
  if (line === '404') return line
  const [file, ...params] = line.split(' ')
  return text({ file, params: Object.fromEntries(params.map((param) => {
    const [key, hex] = param.split('=')
    return [key, Buffer.from(hex, 'hex').toString()]
  })) })
}

/** Where two files part, the first by a pattern and the other by one that takes more, or by any text: rou3 has both at one
 *  place and looks further down first.  With us the first segment in which they differ decides. */
function isPatternFirst(ours, theirs) {
  const [a, b] = [ours, theirs].map((found) => found.split(' ')[0].split('/').slice(1, -1).filter((name) => !name.startsWith('(')))
  const at = a.findIndex((name, i) => name !== b[i])
  return at >= 0 && b[at] !== undefined && rank(a[at]) === 1 && [1, 2].includes(rank(b[at]))
}

const tally = { trees: 0, refused: 0, urls: 0, answered: 0, patternFirst: 0, unexplained: 0 }
function compare(cases) {
  const ran = spawnSync(program, { maxBuffer: 1 << 28, encoding: 'utf8', input: cases.map((c) =>
    `tree\n${c.tree.map((folders) => `file ${['routes', ...folders, 'route.c'].join('/')}\n`).join('')}${c.urls.map((url) => `url ${url}\n`).join('')}`).join('') })
  const lines = (ran.stdout ?? '').split('\n')
  if (ran.status !== 0) throw new Error(`the program ended with ${ran.error ?? ran.status ?? ran.signal}: ${ran.stderr}`)
  let at = 0
  for (const { tree, urls, named } of cases) {
    const verdict = lines[at++], answers = lines.slice(at, at += urls.length)
    tally.trees++
    if (verdict !== 'ok') {
      tally.refused++
      if (named && tally.unexplained++ < 20) console.log(`FAIL ${verdict}: ${JSON.stringify(tree)}`)
      continue
    }
    for (const [name, referee] of Object.entries(referees)) {
      const find = referee(tree)
      urls.forEach((url, i) => {
        const ours = read(answers[i]), theirs = text(find(url))
        tally.urls++
        tally.answered += ours !== '404'
        if (ours !== theirs && name === 'rou3' && isPatternFirst(ours, theirs)) tally.patternFirst++
        else if (ours !== theirs && tally.unexplained++ < 20) console.log(`FAIL ${url}: we say ${ours}, ${name} ${theirs}: ${JSON.stringify(tree)}`)
      })
    }
  }
  if (at !== lines.length - 1) throw new Error(`the program said ${lines.length - 1} lines, not ${at}`)
}

compare(VECTORS.map(([tree, urls]) => ({ tree: tree.split(' ').map((file) => file.split('/')), urls: urls.split(' '), named: true })))
for (let left = Number(options.count); left > 0; left -= AT_ONCE) compare(Array.from({ length: Math.min(left, AT_ONCE) }, make))
console.log(`    rou3 looks further down before it holds patterns against each other: ${tally.patternFirst}`)
console.log(`routes against Hono and rou3, seed ${options.seed}: ${tally.trees} trees, ${tally.refused} of them refused; ${tally.urls} URLs, ${tally.answered} answered; ${tally.unexplained} unexplained`)
process.exit(tally.unexplained > 0 || tally.patternFirst === 0 || tally.answered < tally.urls / 4 || tally.refused > tally.trees / 2 ? 1 : 0)
