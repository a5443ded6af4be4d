import type { StatusView } from '../../model/view.ts';
import type { Answer, Order } from './commands.ts';
import { confirmed } from './confirm.ts';
import { byId, setText, show } from './dom.ts';
import type { Action, Right, Who } from './rights.ts';
import { rightsOf } from './rights.ts';
import type { Wish } from './wishes.ts';
import { wishOf } from './wishes.ts';
import { percentOf } from './words.ts';

/**
 * The buttons. What a person may not do is not in the document at all. Rolling back takes one click, whatever the page
 * last knew; what gives a candidate more than it has asks again, and is refused if the rollout has moved meanwhile.
 */
export interface Controls {
  draw(status: StatusView | null, who: Who | null): void;
}

export function createControls(send: (order: Order) => Promise<Answer>): Controls {
  const homes = new Map<Action, { readonly block: HTMLElement; readonly home: HTMLElement }>();
  for (const block of document.querySelectorAll<HTMLElement>('[data-action]')) {
    homes.set(block.dataset['action'] as Action, { block, home: block.parentElement! });
    block.remove();
  }
  let status: StatusView | null = null;
  let isTouched = false;
  const blockOf = (action: Action): HTMLElement => homes.get(action)!.block;
  const buttonOf = (action: Action): HTMLButtonElement => blockOf(action).querySelector('button')!;
  const slider = blockOf('set-weight').querySelector<HTMLInputElement>('#weight')!;

  async function obey({ order, done, question }: Wish): Promise<void> {
    if (question !== null && !(await confirmed(question))) return;
    setText(byId('outcome'), 'Asking …');
    const answer = await send(order);
    byId('outcome').dataset['ok'] = String(answer.ok);
    setText(byId('outcome'), answer.ok ? done : answer.message);
    if (!answer.ok) return;
    isTouched = false;
    for (const field of document.querySelectorAll<HTMLInputElement>('[data-reason]')) field.value = '';
  }

  for (const action of homes.keys()) {
    buttonOf(action).addEventListener('click', () => {
      if (status !== null) void obey(wishOf(action, status, Number(slider.value), reasonBeside(blockOf(action))));
    });
  }
  slider.addEventListener('input', () => {
    isTouched = true;
    // Whole percents are set here, but a weight of hundredths is shown as it is until somebody moves it.
    slider.value = String(Math.round(slider.valueAsNumber));
    drawSlider();
  });

  function drawSlider(): void {
    const text = percentOf(Number(slider.value));
    setText(blockOf('set-weight').querySelector('output')!, text);
    slider.setAttribute('aria-valuetext', text);
    const isChange = status !== null && Number(slider.value) !== status.weights.candidate;
    buttonOf('set-weight').disabled = !isChange || rights['set-weight'] !== 'on';
  }
  let rights = rightsOf(null, null);

  function drawButtons(): void {
    for (const [action, { block, home }] of homes) place(block, home, rights[action]);
    show(byId('actions'), byId('actions').querySelector('[data-action]') !== null);
    if (status === null) return;
    if (!isTouched) slider.value = String(status.weights.candidate);
    slider.disabled = rights['set-weight'] !== 'on';
    drawSlider();
    setText(buttonOf('automate'), status.automation.frozen ? 'Lift the breaker' : 'Switch automation on');
  }

  return {
    draw(next, who) {
      status = next;
      rights = rightsOf(status, who);
      const focused = document.activeElement;
      const home = [...homes.values()].find(({ block }) => block.contains(focused))?.home;
      drawButtons();
      if (home !== undefined && !canHoldFocus(focused)) moveFocusTo(home);
    },
  };
}

function place(block: HTMLElement, home: HTMLElement, right: Right): void {
  if (right === 'absent') return block.remove();
  if (block.parentElement === null) {
    // Back among its neighbours in the order of the document that was written.
    const later = [...home.children].find(
      (other) => Number(other.getAttribute('data-place')) > Number(block.dataset['place']),
    );
    home.insertBefore(block, later ?? null);
  }
  for (const button of block.querySelectorAll('button')) button.disabled = right === 'off';
}

function canHoldFocus(element: Element | null): boolean {
  return element?.isConnected === true && !element.matches(':disabled');
}

/** Whoever steers by keyboard is not thrown back to the top of the page when what he has pressed is there no more. */
function moveFocusTo(home: HTMLElement): void {
  const next = home.querySelector<HTMLElement>(':is(button, input):not(:disabled)') ?? byId('outcome');
  next.focus({ preventScroll: true });
}

function reasonBeside(block: HTMLElement): string {
  const own = block.querySelector<HTMLInputElement>('[data-reason]');
  return (own ?? document.querySelector<HTMLInputElement>('#reason-field'))?.value.trim() ?? '';
}
