/** The few things the page does to its document. What the server sends becomes text, never markup. */

/** An element of `index.html`, which must be there. */
export function byId(id: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`#${id}`);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

/** Sets the text where it differs, so that a screen reader and a selection are left alone. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function show(element: HTMLElement, isShown: boolean): void {
  if (element.hidden === isShown) element.hidden = !isShown;
}

/** A new element with a class and text or children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** As many children as there are things: those that are there are kept, so that focus and animation survive. */
export function fill<T, E extends HTMLElement>(
  parent: HTMLElement,
  things: readonly T[],
  create: () => E,
  update: (element: E, thing: T) => void,
): void {
  while (parent.children.length > things.length) parent.lastElementChild?.remove();
  for (const [i, thing] of things.entries()) {
    if (parent.children[i] === undefined) parent.append(create());
    update(parent.children[i] as E, thing);
  }
}
