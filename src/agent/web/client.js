// In every page of a development build: hears of changes, and loads them.
//
//     hello    the generation that serves: a page of another one is loaded anew
//     reload   a new one serves
//     css      style sheets have changed: each is taken anew, and the page stays
//     templates  pages look otherwise: the document is taken anew
//     report, clear  what is wrong, and that it no longer is: for overlay.js
(() => {
  'use strict'
  if (window.openspeed) return
  const own = document.currentScript
  const page = Number(own?.dataset.generation ?? 0)
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

  const source = new EventSource('/_openspeed/events')
  const on = (name, take) =>
    source.addEventListener(name, event => take(event.data ? JSON.parse(event.data) : null))
  on('hello', ({ generation }) => {
    if (page !== 0 && generation !== page) reload()
  })
  on('reload', reload)
  on('css', swapSheets)
  on('templates', () => (openspeed.swapPage ?? reload)())
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
