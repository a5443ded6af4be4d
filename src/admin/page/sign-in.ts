import { byId, setText, show } from './dom.ts';

/** Asks for a token; resolves when one has been typed. */
export function askToken(wasRefused: boolean): Promise<string> {
  const form = byId('sign-in') as HTMLFormElement;
  const field = byId('token') as HTMLInputElement;
  setText(byId('sign-in-hint'), wasRefused ? 'That token was refused, or is no longer good. Another one?' : '');
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
