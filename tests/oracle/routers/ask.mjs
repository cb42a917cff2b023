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
