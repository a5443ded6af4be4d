import { byId, setText } from './dom.ts';

/** Who waits for the answer to the question on the screen. */
let answer: ((isYes: boolean) => void) | null = null;
const dialog = byId('confirm') as HTMLDialogElement;

dialog.addEventListener('close', () => {
  // The event comes some time after the closing, and may be that of the question before.
  if (dialog.open) return;
  answer?.(dialog.returnValue === 'yes');
  answer = null;
});

/** Asks, and resolves with whether the answer was yes. A question that another one replaces was not answered so. */
export function confirmed(question: string): Promise<boolean> {
  answer?.(false);
  setText(byId('question'), question);
  dialog.returnValue = '';
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => (answer = resolve));
}
