import { fit } from './fit.ts';
import type { Terminal } from './output.ts';

/** Where what is watched is shown. */
export interface Screen {
  /** The footer is not left behind when it closes. */
  show(lines: readonly string[], footer?: string): void;
  close(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const [BEGIN, END] = ['\u001b[?2026h', '\u001b[?2026l'];
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/**
 * A terminal, rewritten in place without flicker: on the alternate screen, each frame is one write that goes over the
 * former and erases only what sticks out, so that no cell is blank in between (and terminals that know synchronized
 * output show it at once). Leaving brings the former screen back, with the last frame under it to be read and copied.
 */
export function createScreen({ out, columns, rows }: Pick<Terminal, 'out' | 'columns' | 'rows'>): Screen {
  let last: readonly string[] = [];
  let isOpen = false;
  return {
    show(card, footer) {
      last = card;
      const lines = footer === undefined ? card : [...card, '', footer];
      const room = rows() - 1;
      const shown =
        lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`];
      const frame = shown.map((line) => `${fit(line, columns())}${REST_OF_LINE}\n`).join('');
      out(`${isOpen ? '' : ENTER}${BEGIN}${HOME}${frame}${REST_OF_SCREEN}${END}`);
      isOpen = true;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      out(`${LEAVE}${last.join('\n')}\n`);
    },
  };
}
