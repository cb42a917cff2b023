// In every page of a development build: hears of changes, and loads them.
//
//     hello    the generation that serves: a page of another one is loaded anew
//     reload   a new one serves
//     css      style sheets have changed: each is taken anew, and the page stays
//     templates  pages look otherwise: the document is fetched, and what differs is changed in place
//     report, clear  what is wrong, and that it no longer is: for overlay.js
(() => {
  'use strict'
  if (window.openspeed) return
  const own = document.currentScript
  let page = Number(own?.dataset.generation ?? 0) // 0: what a crash has left, of the first that is heard of
  const openspeed = (window.openspeed = { generation: page, report: null, listeners: {} })
  let leaving = false

  // overlay.js and others: openspeed.on('report', report => ...)
  openspeed.on = (name, listener) => {
    (openspeed.listeners[name] ??= []).push(listener)
    if (name === 'report' && openspeed.report) listener(openspeed.report)
  }
  const tell = (name, data) => {
    for (const listener of openspeed.listeners[name] ?? []) listener(data)
  }
  const reload = () => {
    if (leaving) return
    leaving = true
    source.close()
    location.reload()
  }

  // The new sheet is there before the old one goes, so that nothing is bare in between.
  const swapSheets = () => {
    for (const link of document.querySelectorAll('link[rel~=stylesheet]')) {
      const url = new URL(link.href, location.href)
      if (url.origin !== location.origin) continue
      url.searchParams.set('openspeed', Date.now())
      const next = link.cloneNode()
      next.href = url.href
      next.onload = next.onerror = () => link.remove()
      link.after(next)
    }
  }

  // Makes a node like another one and keeps what has not changed: what is typed, scrolled and played.
  const isAlike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.id === b.id
  const morph = (now, next) => {
    if (now.nodeType !== Node.ELEMENT_NODE) {
      if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue
      return
    }
    for (const { name } of [...now.attributes]) if (!next.hasAttribute(name)) now.removeAttribute(name)
    for (const { name, value } of next.attributes) {
      if (name !== 'nonce' && now.getAttribute(name) !== value) now.setAttribute(name, value)
    }
    let at = now.firstChild
    for (const child of [...next.childNodes]) {
      let found = at
      while (found && !isAlike(found, child)) found = found.nextSibling
      if (found) {
        while (at !== found) {
          const gone = at
          at = at.nextSibling
          gone.remove()
        }
        at = found.nextSibling
        morph(found, child)
      } else {
        now.insertBefore(child, at)
      }
    }
    while (at) {
      const gone = at
      at = at.nextSibling
      gone.remove()
    }
  }
  const isOwn = element => element.src?.includes('/_openspeed/') || element.dataset?.openspeed !== undefined
  const swapPage = async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' } })
      const kind = answer.headers.get('Content-Type') ?? ''
      if (!answer.ok || answer.redirected || !kind.startsWith('text/html')) return reload()
      const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const kept = [...document.documentElement.children].filter(isOwn)
      for (const element of kept) element.remove()
      morph(document.documentElement, next.documentElement)
      document.documentElement.append(...kept)
      tell('swapped', null)
    } catch {
      reload()
    }
  }

  const source = new EventSource('/_openspeed/events')
  const on = (name, take) =>
    source.addEventListener(name, event => take(event.data ? JSON.parse(event.data) : null))
  on('hello', ({ generation }) => {
    openspeed.listens = true
    if (page === 0) page = generation
    else if (generation !== page) reload()
  })
  on('reload', reload)
  on('css', swapSheets)
  on('templates', swapPage)
  // What shows reports is loaded with the first of them.
  let overlay = null
  on('report', report => {
    tell('report', (openspeed.report = report))
    if (overlay) return
    overlay = document.createElement('script')
    overlay.src = '/_openspeed/overlay.js'
    overlay.onerror = () => (overlay = null)
    document.documentElement.append(overlay)
  })
  on('clear', () => {
    openspeed.report = null
    tell('clear', null)
  })
  addEventListener('beforeunload', () => source.close())
})()
