// The pages at /_openspeed, made of what /_openspeed/api says (docs/devtools.md).
//
//     #/requests[/ID[/with/ID]]   #/routes[?method=GET&target=/x]   #/types   #/templates   #/log   #/about
//
// What comes from a request is text and never markup: nodes are made by el(), nothing else.
(() => {
  'use strict'
  const API = '/_openspeed/api'
  const KEPT = 250
  const main = document.getElementById('main')
  const state = { requests: [], filter: '', only: 'all', about: null }

  // ------------------------------------------------------------ nodes

  const el = (name, props, ...children) => {
    const node = document.createElement(name)
    for (const [key, value] of Object.entries(props ?? {})) {
      if (value === undefined || value === null || value === false) continue
      if (key === 'on') for (const [event, does] of Object.entries(value)) node.addEventListener(event, does)
      else if (key === 'style') Object.assign(node.style, value)
      else node.setAttribute(key, value === true ? '' : value)
    }
    node.append(...children.flat(9).filter(child => child !== undefined && child !== null && child !== false))
    return node
  }
  const table = (caption, heads, rows, props) =>
    el('div', { class: 'wrap', tabindex: 0, role: 'region', 'aria-label': caption }, el('table', props,
      el('caption', {}, caption),
      el('thead', {}, el('tr', {}, heads.map(([text, cls]) => el('th', { scope: 'col', class: cls }, text)))),
      el('tbody', {}, rows)))
  const place = of => of.file ? `${of.file}${of.line ? ':' + of.line : ''}` : ''
  const facts = pairs => el('dl', { class: 'facts' }, pairs.filter(pair => pair[1] !== undefined && pair[1] !== '')
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))))
  const empty = text => el('p', { class: 'empty' }, text)

  // ------------------------------------------------------------ numbers

  const time = us => us < 1000 ? `${us} µs` : us < 1e6 ? `${(us / 1000).toFixed(us < 1e4 ? 2 : 1)} ms` : `${(us / 1e6).toFixed(2)} s`
  const bytes = n => n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KiB` : `${(n / 1048576).toFixed(1)} MiB`
  const clock = ms => new Date(ms).toLocaleTimeString('en-GB')
  const statusBadge = status => el('span', { class: `badge s${Math.floor(status / 100)}` }, String(status || 'none'))
  const repeats = sql => sql.repeats >= 3 && el('span', {
    class: 'badge warning', title: 'The same statement ran this often: one query may do'
  }, `${sql.repeats}× same`)

  // ------------------------------------------------------------ the server

  const get = async path => {
    const answer = await fetch(API + path, { headers: { accept: 'application/json' } })
    if (!answer.ok) throw new Error(answer.status === 404 ? 'It is not kept any more.' : `The server answered ${answer.status}.`)
    return answer.json()
  }
  const about = async () => {
    state.about = await get('')
    document.getElementById('app').textContent = state.about.application
    document.getElementById('build').textContent =
      `generation ${state.about.generation}, ${state.about.sanitized ? 'with sanitizers' : 'preview'}`
    document.title = `${state.about.application} – Devtools`
    return state.about
  }
  const replay = async id => {
    const { token } = await about()
    const answer = await fetch(`${API}/replay/${id}`, { method: 'POST', headers: { 'openspeed-token': token } })
    if (!answer.ok) throw new Error(`The replay was answered ${answer.status}.`)
    return answer.json()
  }

  // ------------------------------------------------------------ requests

  const matches = request => {
    const text = `${request.method} ${request.target} ${request.status} ${request.pattern ?? ''}`.toLowerCase()
    const kind = state.only === 'all' || (state.only === 'failed' && request.status >= 400) ||
      (state.only === 'repeats' && request.sql.repeats >= 3) || (state.only === 'pages' && !request.target.startsWith('/public'))
    return kind && state.filter.toLowerCase().split(/\s+/).every(word => text.includes(word))
  }
  const row = (request, chosen, fresh) => el('tr', { class: `${request.id === chosen ? 'chosen' : ''}${fresh ? ' new' : ''}` },
    el('td', { class: 'n hide-small' }, clock(request.atMs)),
    el('td', {}, el('span', { class: 'mono' }, request.method)),
    el('td', { class: 'target' }, el('a', { href: `#/requests/${request.id}`, 'aria-current': request.id === chosen && 'true' }, request.target || '(none)'),
      request.replayOf && el('span', { class: 'quiet' }, ' replay')),
    el('td', {}, statusBadge(request.status)),
    el('td', { class: 'n' }, time(request.us)),
    el('td', { class: 'n' }, request.sql.count ? String(request.sql.count) : '', ' ', repeats(request.sql)),
    el('td', { class: 'n hide-small' }, bytes(request.bytesOut)),
    el('td', { class: 'n hide-small' }, bytes(request.memory)))
  const HEADS = [['Time', 'n hide-small'], ['Method'], ['Target'], ['Status'], ['Took', 'n'], ['SQL', 'n'], ['Sent', 'n hide-small'],
    ['Memory', 'n hide-small']]

  const requestList = chosen => {
    const shown = state.requests.filter(matches)
    return shown.length
      ? table(`${shown.length} of the last ${state.requests.length} requests, the newest first`, HEADS,
        shown.map(request => row(request, chosen, request.fresh)), { id: 'requests' })
      : empty(state.requests.length ? 'No request is like that.' : 'No request yet. Open a page of the application, and it appears here.')
  }
  const drawList = () => {
    const list = document.getElementById('list')
    if (!list) return
    const focused = document.activeElement?.getAttribute?.('href')
    const inside = list.contains(document.activeElement)
    list.replaceChildren(requestList(list.dataset.chosen))
    if (inside && focused) list.querySelector(`a[href="${CSS.escape(focused)}"], a[href="${focused}"]`)?.focus()
    for (const request of state.requests) request.fresh = false
  }
  const filterBar = () => el('form', { class: 'bar', role: 'search', on: { submit: event => event.preventDefault() } },
    el('label', { class: 'wide' }, 'Filter', el('input', {
      id: 'filter', type: 'search', value: state.filter, autocomplete: 'off', placeholder: 'GET /api 404',
      on: { input: event => { state.filter = event.target.value; drawList() } }
    })),
    el('label', {}, 'Show', el('select', {
      id: 'only', on: { change: event => { state.only = event.target.value; drawList() } }
    }, [['all', 'all'], ['failed', 'those that failed'], ['repeats', 'repeated statements']].map(([value, text]) =>
      el('option', { value, selected: state.only === value }, text)))))

  // ------------------------------------------------------------ one request

  const depthOf = (span, spans) => { // a span stands behind the one it is in
    let depth = 0
    for (let at = span; at.in; at = spans[at.in - 1]) depth++
    return depth
  }
  const oneLine = text => text.replace(/\s+/g, ' ').trim()
  const timeline = record => {
    const total = Math.max(record.us, 1, ...record.spans.map(span => span.atUs + span.us))
    const rows = record.spans.map(span => el('tr', {},
      el('td', { class: 'what', style: { paddingLeft: `${0.6 + depthOf(span, record.spans) * 0.9}rem` } },
        el('span', { class: `kind k-${span.kind}`, 'aria-hidden': 'true' }), el('span', { class: 'quiet' }, span.kind + ' '),
        span.kind === 'sql' ? el('code', {}, oneLine(span.name).slice(0, 90) + (span.name.length > 90 ? '…' : '')) : span.name,
        span.failed && el('span', { class: 'badge error' }, 'failed'),
        place(span) && el('span', { class: 'where mono' }, place(span))),
      el('td', { class: 'n hide-small' }, time(span.atUs)),
      el('td', { class: 'n' }, time(span.us)),
      el('td', { class: 'lane', 'aria-hidden': 'true' }, el('div', {}, el('span', {
        class: `k-${span.kind}${span.failed ? ' failed' : ''}`,
        style: { left: `${span.atUs / total * 100}%`, width: `${span.us / total * 100}%` }
      })))))
    return [el('h2', {}, 'Timeline'),
      rows.length ? table(`${rows.length} steps in ${time(record.us)}`, [['Step'], ['Begins', 'n hide-small'], ['Took', 'n'], ['In time', 'lane']], rows, { class: 'flow' })
        : empty(state.about?.traced === false ? 'The preview keeps no steps; the build with sanitizers, which follows, does.' : 'No step was recorded.'),
      record.spansLost > 0 && el('p', { class: 'quiet' }, `${record.spansLost} more steps were left out.`)]
  }
  const statements = record => {
    const spans = record.spans.filter(span => span.kind === 'sql')
    if (!spans.length) return []
    return [el('h2', {}, `SQL: ${spans.length} ${spans.length === 1 ? 'statement' : 'statements'}, ${time(record.sql.us)}`),
      record.repeated.map(one => el('p', { class: 'note warn' }, `One statement ran ${one.times} times: `, el('code', {}, oneLine(one.sql)),
        ' A loop that asks once for each row can often be one query with a join, or with IN.')),
      spans.map(span => el('details', {}, el('summary', {}, el('code', {}, oneLine(span.name).slice(0, 120)), ' ',
        el('span', { class: 'quiet' }, [span.rows !== undefined && `${span.rows} rows`, time(span.us), span.offloaded ? 'on a thread' : 'inline'].filter(Boolean).join(', ')),
        span.failed && el('span', { class: 'badge error' }, 'failed')),
      el('pre', {}, span.name), el('p', { class: 'quiet mono' }, place(span))))]
  }
  const logOf = record => record.log.length === 0 ? [] : [el('h2', {}, 'Log'),
    table(`${record.log.length} lines`, [['At', 'n'], ['Level'], ['Text'], ['From']], record.log.map(line => el('tr', {},
      el('td', { class: 'n' }, time(line.atUs)), el('td', {}, el('span', { class: `badge ${line.level}` }, line.level)),
      el('td', { class: 'text' }, line.text), el('td', { class: 'mono' }, place(line)))))]

  const pretty = body => {
    if (body.form !== 'json' || body.cut) return body.text ?? ''
    try { return JSON.stringify(JSON.parse(body.text), null, 2) } catch { return body.text }
  }
  const WORDS = { binary: 'is no text', parts: 'is a form in parts', text: 'was sent from where it lies' }
  const message = (title, part) => el('details', { open: title === 'Answer' },
    el('summary', {}, el('strong', {}, title), ' ', el('span', { class: 'quiet' }, `${part.headers.length} fields, body of ${bytes(part.body.bytes)}`)),
    part.headers.length > 0 && table(`Fields: ${title.toLowerCase()}`, [['Name'], ['Value']], part.headers.map(field =>
      el('tr', {}, el('td', { class: 'mono' }, field.name), el('td', { class: 'text mono' }, field.value)))),
    part.body.text ? el('pre', { tabindex: 0, role: 'region', 'aria-label': `Body: ${title.toLowerCase()}` }, pretty(part.body), part.body.cut ? '\n…' : '')
      : part.body.bytes > 0 && el('p', { class: 'quiet' }, `The body ${WORDS[part.body.form] ?? 'is not shown'}.`))

  const sameBody = (one, other) => one.answer.body.bytes === other.answer.body.bytes && one.answer.body.text === other.answer.body.text
  const verdict = (record, first) => {
    const status = record.status === first.status, body = sameBody(record, first)
    return el('p', { class: `note ${status && body ? 'good' : 'warn'}`, role: 'status' }, 'A replay of ',
      el('a', { href: `#/requests/${first.id}` }, `the request at ${clock(first.atMs)}`), ': ',
      status && body ? 'the answer is the same.' : status ? 'the status is the same, the body differs.' : `answered ${record.status} in place of ${first.status}.`, ' ',
      el('a', { href: `#/requests/${record.id}/with/${first.id}` }, 'Compare them'))
  }
  const detail = (record, first) => {
    const said = el('div', { 'aria-live': 'polite' })
    const others = state.requests.filter(other => other.id !== record.id && other.pattern === record.pattern && other.method === record.method)
    const button = el('button', {
      type: 'button', class: 'main', id: 'replay', disabled: !record.replayable, on: {
        click: async () => {
          button.disabled = true
          try { location.hash = `#/requests/${(await replay(record.id)).id}` } catch (error) {
            said.replaceChildren(el('p', { class: 'note bad' }, error.message))
            button.disabled = false
          }
        }
      }
    }, 'Replay')
    return el('article', { class: 'card', 'aria-labelledby': 'title' },
      el('p', {}, el('a', { href: '#/requests', id: 'back' }, 'All requests')),
      el('h1', { id: 'title' }, el('span', { class: 'mono' }, record.method), ' ', record.target, ' ', statusBadge(record.status)),
      el('p', { class: 'quiet' }, record.handler ? [el('code', {}, record.handler), ' at ', el('code', {}, place(record)), '. '] : 'No route answered. ',
        el('a', { href: `#/routes?method=${record.method}&target=${encodeURIComponent(record.target)}` }, 'Why this one?')),
      first && verdict(record, first),
      record.error && el('p', { class: 'note bad' }, record.error),
      facts([['Took', time(record.us)], ['SQL', record.sql.count ? `${record.sql.count} in ${time(record.sql.us)}` : 'none'],
        ['Memory', bytes(record.memory)], ['Stack', record.stack ? bytes(record.stack) : ''], ['Received', bytes(record.bytesIn)],
        ['Sent', bytes(record.bytesOut)], ['At', clock(record.atMs)], ['Client', record.cut ? 'did not get all of it' : '']]),
      el('div', { class: 'bar' }, button, others.length > 0 && el('label', {}, 'Compare with', el('select', {
        id: 'compare', on: { change: event => { if (event.target.value) location.hash = `#/requests/${record.id}/with/${event.target.value}` } }
      }, el('option', { value: '' }, 'another of this route'), others.map(other =>
        el('option', { value: other.id }, `${clock(other.atMs)} ${other.status} ${time(other.us)}`))))), said,
      !record.replayable && el('p', { class: 'quiet' }, 'It cannot be replayed: its body was read as it came, or is too large to be kept.'),
      timeline(record), statements(record), logOf(record), el('h2', {}, 'Messages'), message('Request', record.request), message('Answer', record.answer))
  }

  // ------------------------------------------------------------ two requests

  const lineDiff = (before, after) => { // the longest common run of lines; long texts are cut
    const a = before.split('\n').slice(0, 400), b = after.split('\n').slice(0, 400)
    const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1])
    }
    const lines = []
    for (let i = 0, j = 0; i < a.length || j < b.length;) {
      if (i < a.length && j < b.length && a[i] === b[j]) { lines.push(['', '  ' + a[i]]); i++; j++ }
      else if (i < a.length && (j === b.length || common[i + 1][j] >= common[i][j + 1])) lines.push(['del', '- ' + a[i++]])
      else lines.push(['add', '+ ' + b[j++]])
    }
    return lines
  }
  const stepsText = record => record.spans.map(span => `${'  '.repeat(depthOf(span, record.spans))}${span.kind} ${oneLine(span.name)}${span.rows !== undefined ? ` (${span.rows} rows)` : ''}`).join('\n')
  const diffOf = (title, before, after) => before === after ? el('p', {}, `${title}: no difference.`)
    : [el('h2', {}, title), el('pre', { class: 'diff', tabindex: 0, role: 'region', 'aria-label': title }, lineDiff(before, after).map(([cls, text]) => el('span', { class: cls }, text)))]
  const comparison = (one, other) => {
    const line = (name, of) => el('tr', {}, el('th', { scope: 'row' }, name), el('td', { class: 'half' }, of(other)), el('td', { class: 'half' }, of(one)))
    const fields = record => record.request.headers.map(field => `${field.name}: ${field.value}`).join('\n') + '\n\n' + pretty(record.request.body)
    return el('article', { class: 'card' }, el('p', {}, el('a', { href: `#/requests/${one.id}`, id: 'back' }, 'Back to the request')),
      el('h1', {}, `Two requests of ${one.pattern ?? one.target}`),
      table('The first and the second', [['What'], [clock(other.atMs)], [clock(one.atMs)]], [line('Target', r => r.target), line('Status', r => statusBadge(r.status)),
        line('Took', r => time(r.us)), line('SQL', r => `${r.sql.count} in ${time(r.sql.us)}`), line('Memory', r => bytes(r.memory)), line('Sent', r => bytes(r.bytesOut))]),
      diffOf('Steps', stepsText(other), stepsText(one)), diffOf('Headers and body of the request', fields(other), fields(one)), diffOf('Body of the answer', pretty(other.answer.body), pretty(one.answer.body)))
  }

  // ------------------------------------------------------------ what the application is made of

  const finder = (label, all, draw) => {
    const out = el('div', {})
    const input = el('input', { id: 'filter', type: 'search', autocomplete: 'off', on: { input: () => show() } })
    const show = () => {
      const words = input.value.toLowerCase().split(/\s+/)
      out.replaceChildren(draw(all.filter(one => { const text = JSON.stringify(one).toLowerCase(); return words.every(word => text.includes(word)) })))
    }
    show()
    return [el('form', { class: 'bar', role: 'search', on: { submit: event => event.preventDefault() } }, el('label', { class: 'wide' }, label, input)), out]
  }
  const askForm = query => el('form', {
    class: 'bar', on: {
      submit: event => {
        event.preventDefault()
        const data = new FormData(event.target)
        location.hash = `#/routes?method=${data.get('method')}&target=${encodeURIComponent(data.get('target'))}`
      }
    }
  }, el('label', {}, 'Method', el('select', { name: 'method' }, ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map(method =>
    el('option', { selected: method === (query.get('method') ?? 'GET') }, method)))),
  el('label', { class: 'wide' }, 'URL', el('input', { name: 'target', value: query.get('target') ?? '', placeholder: '/api/articles', required: true })),
  el('button', { type: 'submit', class: 'main' }, 'What answers?'))
  const why = ({ explain, why }) => el('section', { class: 'card', 'aria-label': 'What answers' },
    el('h2', {}, `${explain.method} ${explain.target}`),
    explain.answer ? el('p', {}, 'Answered by ', el('code', {}, `${explain.answer.handler}`), ' at ', el('code', {}, place(explain.answer)),
      Object.entries(explain.answer.params).map(([name, value]) => [', ', el('code', {}, `${name} = ${value}`)]))
      : el('p', { class: 'note warn' }, `No route answers: ${explain.status}.`),
    table('All that runs, in order', [['Step'], ['Name'], ['Where'], ['Notes']], why.chain.map(step => el('tr', {}, el('td', {}, step.kind), el('td', {}, el('code', {}, step.name)),
      el('td', { class: 'mono' }, place(step)), el('td', { class: 'quiet' }, [step.for && `for ${step.for}`, step.scope && `of the ${step.scope}`, step.authenticates && 'authenticates',
        step.wanted && 'only wanted', step.closes && `closes ${step.closes}`, step.denyByDefault && 'denies by default'].filter(Boolean).join(', '))))),
    explain.candidates.length > 1 && table('URLs that were looked at', [['Pattern'], ['Where'], ['Verdict']], explain.candidates.map(one => el('tr', {},
      el('td', { class: 'mono' }, one.pattern), el('td', { class: 'mono' }, place(one)), el('td', {}, one.reason)))))

  const routesView = async query => {
    const all = await get('/routes')
    const asked = query.get('target') ? await get(`/why?method=${query.get('method') ?? 'GET'}&target=${encodeURIComponent(query.get('target'))}`).catch(error => error) : null
    return [el('h1', {}, 'Routes'), askForm(query), asked && (asked instanceof Error ? el('p', { class: 'note bad' }, asked.message) : why(asked)),
      finder('Filter', all.routes, routes => routes.length ? table(`${routes.length} routes${all.files ? `, and ${all.files} files of public/` : ''}`,
        [['Method'], ['Pattern'], ['Handler'], ['Input'], ['Output'], ['Middleware'], ['Needs']], routes.map(route => el('tr', {},
          el('td', { class: 'mono' }, route.method),
          el('td', { class: 'target' }, el('a', { href: `#/routes?method=${route.method}&target=${encodeURIComponent(route.pattern)}` }, `${route.hosts ?? ''}${route.pattern}`),
            route.summary && el('span', { class: 'where quiet' }, ` ${route.summary}`)),
          el('td', {}, el('code', {}, route.handler), ' ', el('span', { class: 'quiet mono' }, place(route))),
          el('td', {}, route.in && el('a', { href: `#/types?find=${route.in}` }, route.in)), el('td', {}, route.out && el('a', { href: `#/types?find=${route.out}` }, route.out)),
          el('td', {}, route.chain.map(step => step.name).join(' → ')), el('td', {}, route.needs.join(', '))))) : empty('No route is like that.'))]
  }

  const rulesText = rules => Object.entries(rules ?? {}).filter(([key]) => key !== 'type' && key !== 'default').map(([key, value]) =>
    `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ')
  const typeOf = type => el('details', { open: type.open }, el('summary', {}, el('strong', {}, type.name), ' ', el('span', { class: 'quiet' }, `${type.kind}, ${type.size} bytes, `),
    el('span', { class: 'quiet mono' }, place(type))),
  type.doc && el('p', {}, type.doc),
  type.names.length > 0 && el('p', {}, 'One of ', el('code', {}, type.names.join(', '))),
  type.cases.length > 0 && el('p', {}, 'Cases: ', el('code', {}, type.cases.map(one => `${one.name}: ${one.type}`).join(', '))),
  type.members.length > 0 && table(`Members of ${type.name}`, [['Name'], ['Type'], ['From'], ['Needed'], ['Rules'], ['Notes']], type.members.map(member => el('tr', {},
    el('td', { class: 'mono' }, member.name, member.name !== member.member && el('span', { class: 'quiet' }, ` (${member.member})`)),
    el('td', { class: 'mono' }, member.type ? `${member.kind} ${member.type}` : member.kind), el('td', {}, member.source), el('td', {}, member.required ? 'yes' : member.fallback ? `else ${member.fallback}` : ''),
    el('td', { class: 'text' }, rulesText(member.rules)),
    el('td', {}, member.secret && el('span', { class: 'badge warning' }, 'secret'), member.readOnly && el('span', { class: 'badge' }, 'read only'), ' ', member.doc))), {}),
  type.schema && el('details', {}, el('summary', {}, 'JSON Schema'), el('pre', { tabindex: 0, role: 'region', 'aria-label': `Schema of ${type.name}` }, JSON.stringify(type.schema, null, 2))))
  const typesView = async query => {
    const all = await get('/types'), wanted = query.get('find')
    all.sort((a, b) => a.name.localeCompare(b.name))
    for (const type of all) type.open = type.name === wanted
    const first = all.findIndex(type => type.open)
    if (first > 0) all.unshift(...all.splice(first, 1))
    return [el('h1', {}, 'Types'), finder('Filter', all, types => types.length ? el('div', { class: 'card' }, types.map(typeOf)) : empty('No type is like that.'))]
  }

  const templatesView = async () => {
    const all = await get('/templates')
    return [el('h1', {}, 'Templates'), all.length ? finder('Filter', all, files => table(`${files.length} templates`, [['File'], ['Bytes', 'n'], ['Filled by'], ['Pages that show it']], files.map(file => el('tr', {},
      el('td', { class: 'mono' }, file.file), el('td', { class: 'n' }, bytes(file.bytes)),
      el('td', {}, file.load && [el('code', {}, file.load), ' ', el('span', { class: 'quiet mono' }, `${file.loadFile}:${file.loadLine}`), ' as ', el('a', { href: `#/types?find=${file.view}` }, file.view), file.streams && ', streams']),
      el('td', { class: 'mono' }, file.pages.join(' ')))))) : empty('The application has no templates.')]
  }

  const logView = async () => {
    const all = await get('/log')
    return [el('h1', {}, 'Log'), all.length ? finder('Filter', all, lines => table(`${lines.length} lines, the newest first`, [['Time'], ['Level'], ['Message'], ['Route', 'hide-small'], ['From', 'hide-small']], lines.map(line => el('tr', {},
      el('td', { class: 'n' }, clock(Date.parse(line.time))), el('td', {}, el('span', { class: `badge ${line.level}` }, line.level)), el('td', { class: 'text' }, line.message),
      el('td', { class: 'mono hide-small' }, line.route ?? line.job ?? ''), el('td', { class: 'mono hide-small' }, line.source ?? ''))))) : empty('Nothing was logged yet.')]
  }

  const aboutView = async () => {
    const it = await about()
    return [el('h1', {}, it.application), facts([['Generation', String(it.generation)], ['Build', it.sanitized ? 'gcc, with sanitizers' : 'preview'], ['Process', String(it.pid)],
      ['Started', clock(it.startedMs)], ['Memory', bytes(it.memory)], ['Requests', String(it.requests)]]),
    el('p', {}, 'These pages are of development builds alone, and answer to this machine alone. What they show is also JSON below ', el('a', { href: API }, API), '.'),
    el('h2', {}, 'Keys'), el('ul', {}, [['/', 'the filter'], ['j', 'the next request'], ['k', 'the one before'], ['r', 'replay'], ['Esc', 'back to all requests']].map(([key, does]) =>
      el('li', {}, el('kbd', {}, key), ` ${does}`)))]
  }

  // ------------------------------------------------------------ which page

  const requestsView = async (id, other) => {
    if (!state.requests.length) state.requests = await get('/requests')
    let open = null
    if (id) {
      const record = await get(`/requests/${id}`)
      if (other) open = comparison(record, await get(`/requests/${other}`))
      else open = detail(record, record.replayOf ? await get(`/requests/${record.replayOf}`).catch(() => null) : null)
    }
    return [!open && el('h1', {}, 'Requests'), el('div', { class: `panes${open ? ' open' : ''}` },
      el('section', { class: 'list', 'aria-label': 'Requests' }, filterBar(), el('div', { id: 'list', 'data-chosen': id ?? '' }, requestList(id))), open)]
  }
  const views = { requests: (query, path) => requestsView(path[0], path[1] === 'with' ? path[2] : null), routes: routesView, types: typesView, templates: templatesView, log: logView, about: aboutView }
  let drawing = 0
  const draw = async focus => {
    const turn = ++drawing
    const [path, search] = (location.hash.slice(2) || 'requests').split('?')
    const [name, ...rest] = path.split('/')
    const view = Object.hasOwn(views, name) ? name : 'requests'
    for (const link of document.querySelectorAll('#nav a')) {
      if (link.hash === `#/${view}`) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    let nodes
    try {
      nodes = await views[view](new URLSearchParams(search), rest)
    } catch (error) {
      nodes = [el('h1', {}, 'Not shown'), el('p', { class: 'note bad', role: 'alert' }, error.message), el('p', {}, el('a', { href: '#/requests' }, 'All requests'))]
    }
    if (turn !== drawing) return // another page was asked for meanwhile
    main.replaceChildren(...nodes.flat(9).filter(Boolean))
    main.dataset.view = view
    if (focus) { main.focus({ preventScroll: true }); scrollTo(0, 0) }
  }

  // ------------------------------------------------------------ news

  const live = document.getElementById('live')
  const setLive = on => { live.textContent = on ? 'live' : 'waiting'; live.classList.toggle('on', on) }
  const inFront = (fresh, list) => {
    const known = new Set(list.map(request => request.id))
    return [...fresh.filter(request => !known.has(request.id)), ...list].slice(0, KEPT)
  }
  const reread = async () => {
    try {
      await about()
      const had = new Set(state.requests.map(request => request.id))
      const list = await get('/requests') // meanwhile some may have come that it does not have
      state.requests = inFront(state.requests.filter(request => !had.has(request.id)), list)
      drawList()
    } catch { setLive(false) }
  }
  const listen = () => {
    const source = new EventSource(`${API}/stream`)
    source.addEventListener('hello', () => { setLive(true); reread() })
    source.addEventListener('missed', reread)
    source.addEventListener('requests', event => {
      const fresh = JSON.parse(event.data).reverse()
      for (const request of fresh) request.fresh = true
      state.requests = inFront(fresh, state.requests)
      drawList()
    })
    source.addEventListener('error', () => setLive(false))
  }

  // ------------------------------------------------------------ keys and looks

  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const typing = event.target.matches?.('input, select, textarea')
    if (event.key === 'Escape') {
      if (typing) event.target.blur()
      else document.getElementById('back')?.click()
    } else if (typing) {
      return
    } else if (event.key === '/') {
      event.preventDefault()
      document.getElementById('filter')?.focus()
    } else if (event.key === 'r') {
      document.getElementById('replay')?.click()
    } else if (event.key === 'j' || event.key === 'k') {
      const links = [...document.querySelectorAll('#requests a')]
      const at = links.findIndex(link => link === document.activeElement)
      const chosen = at >= 0 ? at : links.findIndex(link => link.hasAttribute('aria-current'))
      const next = links[Math.max(0, chosen + (event.key === 'j' ? 1 : -1))]
      next?.focus()
    }
  })
  const looks = matchMedia('(prefers-color-scheme: dark)')
  const setTheme = () => { document.documentElement.dataset.theme = localStorage.getItem('openspeed-theme') ?? (looks.matches ? 'dark' : 'light') }
  document.getElementById('theme').addEventListener('click', () => {
    localStorage.setItem('openspeed-theme', document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark')
    setTheme()
  })
  looks.addEventListener('change', setTheme)
  addEventListener('hashchange', () => draw(true))
  setTheme()
  about().catch(() => setLive(false)).finally(() => { draw(false); listen() })
})()
