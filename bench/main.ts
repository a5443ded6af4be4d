/**
 * `npm run bench [what] [options]`: without a word the side-by-side measurements, with `evidence` how well the judge
 * decides, with `fleet` what a thousand members cost and how soon they agree, with `wire` what one head costs, with `scrape` what a scrape costs. README.md says how to read the figures.
 */
const what = process.argv[2] ?? '';
// What is named is not an argument of what it names.
if (!what.startsWith('-')) process.argv.splice(2, 1);

switch (what) {
  case 'evidence': {
    const { main } = await import('./evidence.ts');
    await main(process.argv.slice(2));
    break;
  }
  case 'fleet': {
    const { main } = await import('./fleet.ts');
    await main(process.argv.slice(2));
    break;
  }
  case 'wire':
    await import('./wire.ts');
    break;
  case 'scrape':
    await import('./scrape.ts');
    break;
  default: {
    if (what !== '' && !what.startsWith('-'))
      throw new Error(`expected evidence, fleet, wire, scrape or options, got "${what}"`);
    const { sideBySide } = await import('./side-by-side.ts');
    await sideBySide(process.argv.slice(2));
  }
}
