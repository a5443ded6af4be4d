/** Texts whose contrast with what is behind them is below 4.5 : 1, as WCAG 2 has it for AA. Runs in the page. */
export const LOW_CONTRAST = `(() => {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const over = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!hasText || element.closest('.unseen, .chart, :disabled') || element.checkVisibility() === false) continue;
    const grounds = [];
    let opacity = 1;
    for (let at = element; at !== null; at = at.parentElement) {
      grounds.unshift(getComputedStyle(at).backgroundColor);
      opacity *= Number(getComputedStyle(at).opacity);
    }
    const behind = over(['white', ...grounds]);
    const own = over(['white', ...grounds, getComputedStyle(element).color]);
    const seen = own.map((v, i) => opacity * v + (1 - opacity) * behind[i]);
    const [light, dark] = [luminance(seen), luminance(behind)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) low.push(element.id + '.' + element.className + ' ' + ratio.toFixed(2));
  }
  return low;
})()`;
