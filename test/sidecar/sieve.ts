/**
 * Runs in a tab before the page does. From when `window.withholdsSeconds` is set, it keeps from the page what
 * `/v1/events` brings each second, a sample and the status behind it, and counts in `window.withheld`. A comment comes
 * in the place of each, so that the line does not look dead.
 */
export const SIEVE = String.raw`
  window.withheld = 0;
  const fetchAnything = window.fetch;
  window.fetch = async (...asked) => {
    const response = await fetchAnything(...asked);
    if (asked[0] !== '/v1/events' || !response.ok) return response;
    let rest = '';
    let isBehindSample = false;
    const sieve = new TransformStream({
      transform(piece, onward) {
        const messages = (rest + piece).split('\n\n');
        rest = messages.pop();
        for (const message of messages) {
          const isSample = message.startsWith('event: sample\n');
          const isOfSecond = isSample || (isBehindSample && message.startsWith('event: status\n'));
          const isWithheld = window.withholdsSeconds && isOfSecond;
          if (isWithheld) window.withheld++;
          isBehindSample = isSample;
          onward.enqueue(isWithheld ? ':\n\n' : message + '\n\n');
        }
      },
    });
    const [decoder, encoder] = [new TextDecoderStream(), new TextEncoderStream()];
    return new Response(response.body.pipeThrough(decoder).pipeThrough(sieve).pipeThrough(encoder), response);
  };`;
