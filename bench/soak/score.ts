/** How requests ended, counted; and what must never happen, in words. */
export class Score {
  readonly endings = new Map<string, number>();
  readonly wrongs: string[] = [];

  note(ending: string): false {
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    return false;
  }

  wrong(text: string): false {
    if (this.wrongs.length < 50) this.wrongs.push(text);
    return this.note('WRONG');
  }

  get total(): number {
    return [...this.endings.values()].reduce((sum, count) => sum + count, 0);
  }
}
