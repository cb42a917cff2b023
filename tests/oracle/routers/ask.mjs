// The routers of Next and SvelteKit, each with the same three questions:
//
//     build(tree)         { refused: why, or undefined; routes: in the order in which they are tried }
//     ask(routes, target) those that answer, [{ file, folders, params, isNothing }], or undefined: the URL is refused
//     takes(name, text)   whether a folder takes a segment (SvelteKit)
//
// params: texts by name, a catch-all with a `/` between its segments, left out when it is nothing; then isNothing is true.
import { createRequire } from 'node:module'
import path from 'node:path'

const fileOf = (folders) => ['routes', ...folders, 'route.c'].join('/')
const pathOf = (target) => new URL(`http://x${target}`).pathname

function tried(build) {
  try {
    return { routes: build() }
  } catch (error) {
    return { refused: error.message, routes: [] }
  }
}

export async function next(folder) {
  const load = createRequire(path.join(folder, 'x.js')), utils = 'next/dist/shared/lib/router/utils'
  const { getSortedRoutes } = load(`${utils}/sorted-routes`), { getRouteRegex } = load(`${utils}/route-regex`)
  const { getRouteMatcher } = load(`${utils}/route-matcher`), { normalizeAppPath } = load(`${utils}/app-paths`)
  const matchers = new Map()
  function matcherOf(page) {
    if (!matchers.has(page)) matchers.set(page, getRouteMatcher(getRouteRegex(page)))
    return matchers.get(page)
  }
  return {
    build(tree) {
      const byPage = new Map(tree.map((folders) => [normalizeAppPath(['', ...folders, 'route'].join('/')), folders]))
      matchers.clear()
      return tried(() => getSortedRoutes([...byPage.keys()]).map((page) => ({ folders: byPage.get(page), match: matcherOf(page) })))
    },
    ask(routes, target) {
      try {
        const pathname = pathOf(target)
        return routes.flatMap(({ folders, match }) => {
          const found = match(pathname)
          if (!found) return []
          return [{ file: fileOf(folders), folders, params: Object.fromEntries(Object.entries(found).map(([name, value]) => [name, [value].flat().join('/')])) }]
        })
      } catch {
        return undefined
      }
    },
  }
}

const isDate = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)
const MATCHERS = {
  int: (text) => /^(?:0|[1-9]\d{0,18})$/.test(text) && BigInt(text) <= 9223372036854775807n,
  uuid: (text) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text),
  slug: (text) => /^[a-z0-9]+(?:-[a-z0-9]+)*$/i.test(text),
  word: (text) => /^[a-z]+$/i.test(text),
  date: isDate,
}

export async function kit(folder) {
  const load = (name) => import(path.join(folder, 'node_modules/@sveltejs/kit/src', name))
  const { exec, parse_route_id } = await load('utils/routing.js'), { decode_pathname } = await load('utils/url.js')
  const { sort_routes } = await load('core/sync/create_manifest_data/sort.js'), { prevent_conflicts } = await load('core/sync/create_manifest_data/conflict.js')
  const matchers = Object.fromEntries(Object.entries(MATCHERS).map(([name, fits]) =>
    [name, { '~standard': { validate: (value) => (fits(value) ? { value } : { issues: [{ message: name }] }) } }]))
  const idOf = (folders) => `/${folders.map((name) => name.replace(/^\[(\[.*\])\]$/, '$1')).join('/')}`
  const matched = (route, pathname) => {
    const match = route.pattern.exec(pathname)
    return match ? exec(match, route.params, matchers) : undefined
  }
  return {
    build: (tree) => tried(() => {
      const routes = tree.map((folders) => ({ id: idOf(folders), folders, leaf: {}, ...parse_route_id(idOf(folders)) }))
      prevent_conflicts(routes)
      return sort_routes(routes)
    }),
    ask(routes, target) {
      try {
        const pathname = decode_pathname(pathOf(target))
        return routes.flatMap((route) => {
          const params = matched(route, pathname), rest = route.params.find((param) => param.rest)
          if (!params) return []
          const isNothing = rest !== undefined && params[rest.name] === ''
          if (isNothing) delete params[rest.name]
          return [{ file: fileOf(route.folders), folders: route.folders, params, isNothing }]
        })
      } catch {
        return undefined
      }
    },
    takes: (name, text) => matched(parse_route_id(`/${name}`), `/${text}`) !== undefined,
  }
}

// ---------------------------------------------------------------- URLs as they are sent

const REGEXES = { int: '0|[1-9][0-9]{0,17}', word: '[A-Za-z]+' }
const shown = (folders) => folders.filter((name) => !name.startsWith('('))
/** 0 text, 1 a pattern, 2 a parameter, 3 a catch-all */
export const rank = (name) => (name.includes('...') ? 3 : !name.includes('[') ? 0 : /^\[[^\]=]+\]$/.test(name) ? 2 : 1)

/** The routes of a tree from the first to be tried on, as docs/routing.md tells. */
function inOrder(tree) {
  return [...tree].sort((one, other) => {
    const a = shown(one), b = shown(other)
    const textOf = (name) => name.replace(/\[[^\]]*\]/g, '').length
    for (let i = 0; i < a.length && i < b.length; i++) {
      const order = rank(a[i]) - rank(b[i]) || (rank(a[i]) === 1 ? textOf(b[i]) - textOf(a[i]) : 0) // more text takes less
      if (order !== 0) return order
    }
    return a.length - b.length
  })
}

/** The URLs that a list of folders is, written by `segment(name)` and, for a last catch-all, `rest(name)`. */
function patternsOf(folders, segment, rest) {
  const names = shown(folders), last = /^(\[?)\[\.\.\.([\w-]+)\]\]?$/.exec(names.at(-1) ?? '')
  const above = (last ? names.slice(0, -1) : names).map((name) => `/${segment(name)}`).join('')
  if (!last) return [above || '/']
  return [...(last[1] ? [above || '/'] : []), `${above}/${rest(last[2])}`]
}

// Both give referee(tree): url => { file, params }, or undefined.

export async function rou3(folder) {
  const { addRoute, createRouter, findRoute } = await import(path.join(folder, 'node_modules/rou3/dist/index.mjs'))
  const segment = (name) => name.replace(/\[([\w-]+)(?:=(\w+))?\]/g, (_, called, matcher) => `:${called}${matcher ? `(${REGEXES[matcher]})` : ''}`)
  return (tree) => {
    const router = createRouter()
    for (const folders of inOrder(tree)) for (const pattern of patternsOf(folders, segment, (name) => `:${name}+`)) addRoute(router, 'GET', pattern, fileOf(folders))
    return (url) => {
      const found = findRoute(router, 'GET', url)
      return found && { file: found.data, params: { ...found.params } }
    }
  }
}

export async function hono(folder) {
  const { TrieRouter } = await import(path.join(folder, 'node_modules/hono/dist/router/trie-router/index.js'))
  // A segment with text around its parameters is one parameter with an expression, which is taken apart afterwards.
  const parts = (name) => name.split(/(\[[^\]]+\])/).map((part) => {
    const param = /^\[([\w-]+)(?:=(\w+))?\]$/.exec(part)
    return param ? { name: param[1], regex: param[2] ? REGEXES[param[2]] : '[^/]+?' } : { text: part.replace(/[.+]/g, '\\$&') }
  })
  const regexOf = (name, group) => parts(name).map((part) => (part.text ?? (group ? `(${part.regex})` : `(?:${part.regex})`))).join('')
  return (tree) => {
    const router = new TrieRouter(), whole = new Map()
    for (const folders of inOrder(tree)) {
      const mixed = []
      const segment = (name, at) => {
        if (rank(name) === 0) return name
        if (rank(name) === 2) return `:${name.slice(1, -1)}`
        mixed.push([`mixed${mixed.length}`, parts(name).filter((part) => part.name).map((part) => part.name), new RegExp(`^${regexOf(name, true)}$`)])
        return `:mixed${mixed.length - 1}{${regexOf(name, false)}}`
      }
      for (const pattern of patternsOf(folders, segment, (name) => `:${name}{.+}`)) router.add('GET', pattern, folders)
      whole.set(folders, mixed)
    }
    return (url) => {
      const [[first]] = router.match('GET', url)
      if (!first) return undefined
      const [folders, params] = first, told = { ...params }
      for (const [name, names, regex] of whole.get(folders)) {
        const texts = regex.exec(told[name])
        delete told[name]
        names.forEach((called, i) => (told[called] = texts[i + 1]))
      }
      return { file: fileOf(folders), params: told }
    }
  }
}
