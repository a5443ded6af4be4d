import { describe, expect, it } from 'vitest';
import { PHASES } from '../../src/model/rollout.ts';
import { dashboard, panels } from './files.ts';
import { exposedLabels, SCRAPE_LABELS, selectorsOf, strangersIn } from './selectors.ts';

const SOURCE = { type: 'prometheus', uid: '${datasource}' };
const variables = dashboard.templating.list;
const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
const annotations = dashboard.annotations.list;

describe('the dashboard', () => {
  it('can be imported anywhere: no id or uid of its own, and a data source that is chosen', () => {
    expect(dashboard.id ?? null).toBeNull();
    expect(dashboard.uid ?? null).toBeNull();
    expect(dashboard.schemaVersion).toBe(39);
    expect(variables[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    expect(variables.map(({ name }) => name)).toEqual(['datasource', ...SCRAPE_LABELS]);
  });

  it('asks the chosen data source, everywhere', () => {
    const asking = [...panels, ...queries, ...annotations, ...variables.slice(1)];
    expect(asking.filter(({ datasource }) => JSON.stringify(datasource) !== JSON.stringify(SOURCE))).toEqual([]);
  });

  it('has panels with ids of their own, side by side', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ id, gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => ({
        id,
        at: `${x + (cell % w)},${y + Math.floor(cell / w)}`,
        right: x + w,
      })),
    );
    expect(cells.filter(({ right }) => right > 24)).toEqual([]);
    const places = cells.map(({ at }) => at);
    expect(places.filter((place, index) => places.indexOf(place) !== index)).toEqual([]);
  });

  it.each(panels)(
    'says what "$title" means, in which unit, with thresholds',
    ({ description, fieldConfig, targets }) => {
      expect(description).toMatch(/^[A-Z].{30,}\.$/);
      expect(fieldConfig?.defaults.unit).toMatch(/^\w+$/);
      expect(fieldConfig?.defaults.thresholds).toMatchObject({ mode: 'absolute' });
      expect(targets?.length).toBeGreaterThan(0);
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length);
    },
  );

  it.each(queries)('in "$title" $refId is narrowed by every variable', ({ expr }) => {
    for (const { matchers } of selectorsOf(expr)) {
      const narrowed = matchers.filter(({ relation, value, label }) => relation === '=~' && value === `$${label}`);
      expect(narrowed.map(({ label }) => label)).toEqual(SCRAPE_LABELS);
    }
  });

  it('names only metrics, labels and values that the program has', async () => {
    const lists = variables.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
    expect(await strangersIn([...queries, ...annotations].map(({ expr }) => expr))).toEqual([]);
    expect(await strangersIn(lists)).toEqual([]);
  });

  it('shows every metric that the program has', async () => {
    const shown = new Set(
      [...queries, ...annotations].flatMap(({ expr }) => selectorsOf(expr)).map(({ name }) => name),
    );
    // Of a histogram the buckets are enough.
    const real = [...(await exposedLabels()).keys()].filter((name) => !/_(?:sum|count)$/.test(name));
    expect(real.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('knows every phase by its number', () => {
    const phase = panels.find(({ title }) => title === 'Phase')!;
    const numbers = [...phase.targets![0]!.expr.matchAll(/phase="([\w-]+)"[^}]*\} \* (\d)/g)];
    const words = JSON.stringify(phase.fieldConfig!.defaults.mappings);
    expect(numbers.map(([, name]) => name!).toSorted()).toEqual([...PHASES].toSorted());
    for (const [, name, number] of numbers) expect(words).toContain(`"${number}":{"text":"${name}"`);
  });

  it('draws the line at which evidence breaks a guard', () => {
    const evidence = panels.find(({ targets }) => targets?.some(({ expr }) => expr.includes('weir_evidence')));
    expect(evidence?.fieldConfig?.defaults.thresholds).toMatchObject({
      steps: [{ value: null }, { color: 'red', value: 0 }],
    });
  });
});
