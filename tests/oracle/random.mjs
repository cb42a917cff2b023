// Random choices that a seed repeats.

/** A generator of 32-bit numbers (a counter, mixed); the same seed gives the same ones. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0
  }
  next() {
    this.state = (this.state + 0x9e3779b9) >>> 0
    let x = this.state
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return (x ^ (x >>> 15)) >>> 0
  }
  /** A whole number, both ends included. */
  int(low, high) {
    return low + (this.next() % (high - low + 1))
  }
  chance(percent) {
    return this.next() % 100 < percent
  }
  pick(list) {
    return list[this.next() % list.length]
  }
  shuffle(list) {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.int(0, i)
      ;[list[i], list[j]] = [list[j], list[i]]
    }
    return list
  }
}
