// What went wrong, over the page that it went wrong in.
//
//     report    all that is wrong now, the oldest first: [{id, kind, sentence, file, line, column, excerpt,
//               findings, frames, stacks, request, raw, ...}]
//     clear     nothing is any more
//
// All that a report says may be a client's: it becomes text, never markup.  It stands in a shadow root, so that
// the page's styles and scripts do not meet it, and in a dialog, which is above all that the page has and
// keeps the keyboard.  Nothing is loaded from elsewhere.
(() => {
  'use strict'
  const openspeed = window.openspeed
  if (!openspeed || openspeed.overlay || window !== window.top) return // the frame around shows it

  const titles = {
    compile: 'Does not compile', check: 'A check failed', template: 'Template', sanitizer: 'Undefined behaviour',
    crash: 'Crashed', hang: 'Does not end', failure: 'Failed', start: 'Does not start',
  }
  const styles = `
    :host { all: initial }
    * { box-sizing: border-box }
    dialog, .pill {
      --back: #ffffff; --text: #1d2126; --soft: #5b6570; --line: #d9dee3; --code: #f5f6f8; --red: #b3261e;
      --mark: #fde7e5; --link: #0b57d0;
      color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: var(--text);
    }
    @media (prefers-color-scheme: dark) {
      dialog, .pill {
        --back: #17191c; --text: #e6e8ea; --soft: #9aa4ae; --line: #33383e; --code: #1f2327; --red: #ff8a80;
        --mark: #4a2320; --link: #8ab4f8;
        color-scheme: dark;
      }
    }
    dialog {
      width: min(64rem, calc(100vw - 2rem)); max-width: none; max-height: calc(100vh - 3rem); margin: 1.5rem auto;
      padding: 0; border: 1px solid var(--line); border-top: 4px solid var(--red); border-radius: 8px;
      background: var(--back); box-shadow: 0 12px 48px rgb(0 0 0 / .35); overflow: auto;
    }
    dialog::backdrop { background: rgb(0 0 0 / .5) }
    header {
      position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center;
      padding: .6rem 1rem; background: var(--back); border-bottom: 1px solid var(--line);
    }
    header .kind { color: var(--red); font-weight: 600 }
    header .space { flex: 1 }
    .body { padding: .25rem 1rem 1rem }
    h1 { margin: .6rem 0 .3rem; font-size: 1.25rem; line-height: 1.35; font-weight: 600; overflow-wrap: anywhere }
    h2 { margin: 1.1rem 0 .3rem; font-size: .95rem; font-weight: 600 }
    p { margin: .3rem 0; overflow-wrap: anywhere }
    button {
      font: inherit; color: inherit; background: var(--code); border: 1px solid var(--line); border-radius: 5px;
      padding: .15rem .6rem; cursor: pointer;
    }
    button:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 1px }
    button.place {
      border: 0; padding: 0; background: none; color: var(--link); text-align: left; overflow-wrap: anywhere;
      font-family: ui-monospace, monospace; font-size: .9em; user-select: text;
    }
    button.place:hover { text-decoration: underline }
    code, pre { font-family: ui-monospace, monospace; font-size: 13px; line-height: 1.5; tab-size: 4 }
    code { background: var(--code); border-radius: 3px; padding: .1em .3em; overflow-wrap: anywhere }
    pre { margin: .5rem 0; padding: .6rem 0; background: var(--code); border-radius: 6px; overflow: auto }
    pre.plain { padding: .6rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24rem }
    pre .row { display: block; min-width: max-content; padding-right: 1rem }
    pre .row i { display: inline-block; width: 3.5rem; padding-right: .8rem; text-align: right; color: var(--soft);
      font-style: normal; user-select: none }
    pre .row.marked { background: var(--mark); box-shadow: inset 3px 0 var(--red); font-weight: 600 }
    pre .row b { font-weight: inherit; text-decoration: underline wavy var(--red); text-underline-offset: 3px }
    ul, ol { margin: .3rem 0; padding: 0; list-style: none }
    li { padding: .15rem 0; overflow-wrap: anywhere }
    li .who { font-family: ui-monospace, monospace; font-size: 13px; margin-right: .6rem }
    .soft, summary { color: var(--soft) }
    summary { cursor: pointer; padding: .2rem 0 }
    dl { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .1rem .8rem; margin: .3rem 0; font-size: 13px }
    dt { color: var(--soft); overflow-wrap: anywhere } dd { margin: 0; overflow-wrap: anywhere }
    footer { margin-top: 1.2rem; padding-top: .5rem; border-top: 1px solid var(--line); color: var(--soft);
      font-size: 13px }
    kbd { font: inherit; border: 1px solid var(--line); border-radius: 3px; padding: 0 .3em }
    .pill { position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483647; background: var(--back);
      border: 1px solid var(--line); border-left: 4px solid var(--red); box-shadow: 0 2px 12px rgb(0 0 0 / .3);
      padding: .3rem .8rem }
    @media (max-width: 40rem) {
      dialog { width: 100vw; max-height: 100vh; height: 100vh; margin: 0; border-radius: 0; border-left: 0; border-right: 0 }
      pre .row i { width: 2.6rem }
    }`

  let reports = []
  let at = 0
  let host = null
  // A page may have no storage: then what was hidden is hidden until the next one.
  const storage = () => {
    try {
      return window.sessionStorage
    } catch {
      return { getItem: () => null, setItem() {} }
    }
  }
  const hidden = new Set(JSON.parse(storage().getItem('openspeed.hidden') ?? '[]'))

  // ---------------------------------------------------------------- what is shown

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties)
    made.append(...children.filter(child => child !== null && child !== ''))
    return made
  }
  const placeOf = ({ file, line, column }) =>
    file ? file + (line ? `:${line}` + (column ? `:${column}` : '') : '') : ''

  const copyText = async text => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text)
    const area = element('textarea', { value: text }) // without https only this machine has a clipboard
    root().querySelector('dialog').append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }

  const copyButton = (label, text, properties) => {
    const button = element('button', { type: 'button', ...properties }, label)
    button.addEventListener('click', async () => {
      await copyText(text)
      button.textContent = 'Copied'
      setTimeout(() => (button.textContent = label), 1200)
    })
    return button
  }
  const place = of => {
    const text = placeOf(of)
    return text ? copyButton(text, text, { className: 'place', title: 'Copy' }) : null
  }

  // A column counts what stands before it in ways of each compiler's own where that has tabs.
  const markWord = (text, column) => {
    const before = text.slice(0, Math.max(column - 1, 0))
    if (!column || before.includes('\t') || before.length === text.length) return [text]
    const word = /^(\w+|\W)/.exec(text.slice(before.length))?.[0] ?? ''
    return [before, element('b', {}, word), text.slice(before.length + word.length)]
  }

  const excerptOf = report => report.excerpt.length === 0 ? null : element('pre', { tabIndex: 0, ariaLabel: 'Source' },
    ...report.excerpt.map(({ line, text, marked }) =>
      element('span', { className: marked ? 'row marked' : 'row' }, element('i', {}, String(line)),
        ...(marked ? markWord(text, report.column) : [text || ' ']), '\n')))

  const findingsOf = report => report.findings.length === 0 ? null : element('ul', { className: 'findings' },
    ...report.findings.map(({ severity, text, ...where }) => element('li', {},
      element('span', { className: 'soft' }, severity === 'fix' ? 'Perhaps: ' : `${severity}: `),
      severity === 'fix' ? element('code', {}, text) : text, ' ', place(where))))

  const callsOf = frames => element('ol', {}, ...frames.map(frame => element('li', {},
    element('span', { className: 'who' }, frame.function || '?'), place(frame))))

  // The application's own calls first; those of libraries are there for who asks.
  const stackOf = (title, frames) => {
    if (frames.length === 0) return null
    const own = frames.filter(frame => frame.application), others = frames.filter(frame => !frame.application)
    return element('section', {}, element('h2', {}, title), callsOf(own),
      others.length === 0 ? null : element('details', { open: own.length === 0 },
        element('summary', {}, `${others.length} call${others.length === 1 ? '' : 's'} of libraries`), callsOf(others)))
  }

  const requestOf = ({ request }) => {
    if (!request) return null
    const line = request.target ? `${request.method} ${request.target}` : request.route
    return element('section', {}, element('h2', {}, 'The request'), element('p', {}, element('code', {}, line)),
      request.route || request.id ? element('p', { className: 'soft' },
        [request.route && `route ${request.route}`, request.id && `request ${request.id}`].filter(Boolean).join(', ')) : null,
      request.headers.length === 0 ? null : element('details', {}, element('summary', {}, 'Headers'), element('dl', {},
        ...request.headers.flatMap(({ name, value }) => [element('dt', {}, name), element('dd', {}, value)]))),
      request.body ? element('details', {}, element('summary', {}, 'Body'), element('pre', { className: 'plain' }, request.body)) : null)
  }

  const rawOf = ({ raw }) => raw ? element('details', {}, element('summary', {}, 'As it was said'),
    element('pre', { className: 'plain', tabIndex: 0 }, raw)) : null

  // For a colleague, an issue, a search: the same in plain text.
  const textOf = report => [
    report.sentence, placeOf(report), '',
    ...report.excerpt.map(({ line, text, marked }) => `${marked ? '>' : ' '} ${String(line).padStart(5)} | ${text}`), '',
    ...report.findings.map(finding => `${finding.severity}: ${finding.text} ${placeOf(finding)}`.trim()),
    ...report.frames.map(frame => `    at ${frame.function || '?'} ${placeOf(frame)}`.trimEnd()),
    ...report.stacks.flatMap(({ title, frames }) => [`${title}:`, ...frames.map(frame => `    at ${frame.function || '?'} ${placeOf(frame)}`.trimEnd())]),
    ...(report.request ? ['', `${report.request.method} ${report.request.target || report.request.route}`] : []),
    ...(report.advice ? ['', report.advice] : []), '',
  ].join('\n').replace(/\n{3,}/g, '\n\n')

  // ---------------------------------------------------------------- the dialog

  const root = () => {
    if (!host) {
      host = document.createElement('openspeed-overlay')
      const sheet = new CSSStyleSheet() // which no policy of the page's holds back
      sheet.replaceSync(styles)
      host.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
    }
    if (!host.isConnected) document.documentElement.append(host)
    return host.shadowRoot
  }

  const step = by => {
    at = (at + by + reports.length) % reports.length
    show()
  }

  const headerOf = report => {
    const button = (label, title, act) => {
      const made = element('button', { type: 'button', title }, label)
      made.addEventListener('click', act)
      return made
    }
    return element('header', {}, element('span', { className: 'kind' }, titles[report.kind] ?? report.kind,
      report.status ? ` with ${report.status}` : ''), element('span', { className: 'space' }),
      ...(reports.length < 2 ? [] : [button('\u2039', 'Previous (\u2190)', () => step(-1)),
        element('span', { className: 'soft' }, `${at + 1} of ${reports.length}`), button('\u203a', 'Next (\u2192)', () => step(1))]),
      copyButton('Copy', textOf(report), { className: 'copy', title: 'Copy as text (c)', autofocus: true }), button('Hide', 'Hide (Esc)', hide))
  }

  const show = () => {
    const report = reports[at]
    const dialog = element('dialog', {}, headerOf(report), element('div', { className: 'body' },
      element('h1', { id: 'sentence' }, report.sentence), element('p', {}, place(report) ?? ''),
      excerptOf(report), report.advice ? element('p', { className: 'advice' }, report.advice) : null, findingsOf(report),
      stackOf('Calls', report.frames), ...report.stacks.map(({ title, frames }) => stackOf(title, frames)),
      requestOf(report), rawOf(report),
      element('footer', {}, 'Shown in development alone; it goes when the file is mended. ', element('kbd', {}, 'Esc'),
        ' hides, ', element('kbd', {}, 'c'), ' copies', reports.length < 2 ? '' : ', \u2190 \u2192 show others', '.')))
    dialog.setAttribute('aria-labelledby', 'sentence')
    dialog.addEventListener('cancel', event => {
      event.preventDefault()
      hide()
    })
    dialog.addEventListener('keydown', event => {
      event.stopPropagation() // the page's own keys
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === 'c') root().querySelector('.copy').click()
      if (reports.length > 1 && event.key === 'ArrowLeft') step(-1)
      if (reports.length > 1 && event.key === 'ArrowRight') step(1)
    })
    root().replaceChildren(dialog)
    dialog.showModal()
  }

  const showPill = () => {
    const pill = element('button', { type: 'button', className: 'pill' },
      reports.length === 1 ? '1 error' : `${reports.length} errors`)
    pill.addEventListener('click', show)
    root().replaceChildren(pill)
  }

  const hide = () => {
    for (const { id } of reports) if (id) hidden.add(id)
    storage().setItem('openspeed.hidden', JSON.stringify([...hidden].slice(-64)))
    showPill()
  }

  // Of another page's request, or hidden here before: told of, and not in the way.  Secrets are hidden in one of both.
  const concerns = ({ id, kind, request }) => {
    if (id && hidden.has(id)) return false
    if (!['failure', 'crash', 'hang', 'sanitizer'].includes(kind) || !request?.target) return true
    const here = location.pathname + location.search
    const hides = text => text.replace(/=[^&]*/g, '=')
    const referer = request.headers.find(({ name }) => name.toLowerCase() === 'referer')?.value ?? ''
    return hides(request.target) === hides(here) || hides(referer) === hides(location.href.split('#')[0])
  }

  const whole = report => ({
    id: '', kind: 'failure', sentence: '', advice: '', file: '', line: 0, column: 0, excerpt: [], findings: [], frames: [],
    stacks: [], raw: '', ...report,
    stacks: (report.stacks ?? []).map(stack => ({ frames: [], ...stack })),
    request: report.request ? { method: '', target: '', route: '', id: '', headers: [], body: '', ...report.request } : null,
  })

  openspeed.on('report', said => {
    const known = new Set(reports.map(({ id }) => id)), shown = reports[at]?.id
    const open = host?.shadowRoot.querySelector('dialog') ?? null
    reports = said.map(whole)
    const fresh = reports.findLastIndex(report => !known.has(report.id) && concerns(report))
    const same = reports.findIndex(({ id }) => id === shown)
    at = fresh >= 0 ? fresh : same >= 0 ? same : reports.length - 1
    if (fresh >= 0 || open) show()
    else showPill()
  })

  openspeed.on('clear', () => {
    reports = []
    host?.remove()
    host = null
  })
  openspeed.overlay = { text: () => (reports.length > 0 ? textOf(reports[at]) : '') }
})()
