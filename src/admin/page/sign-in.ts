import { byId, setText, show } from './dom.ts';

/** Asks for a token, and says what is wrong with the one before; resolves when one has been typed. */
export function askToken(objection: string): Promise<string> {
  const form = byId('sign-in') as HTMLFormElement;
  const field = byId('token') as HTMLInputElement;
  setText(byId('sign-in-hint'), objection);
  show(form, true);
  show(byId('content'), false);
  field.value = '';
  field.focus();
  return new Promise((resolve) => {
    form.addEventListener(
      'submit',
      (event) => {
        event.preventDefault();
        const token = field.value.trim();
        field.value = '';
        show(form, false);
        show(byId('content'), true);
        resolve(token);
      },
      { once: true },
    );
  });
}
