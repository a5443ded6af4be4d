import type { Column, Columns, Limits } from './series.ts';
import { byId, setText } from './dom.ts';
import uPlot from './uplot.js';

/** The four charts. They share one time axis and one cursor, and are drawn anew when colours or widths change. */
export interface Charts {
  /** @param names of the two sides as the data path has them. */
  draw(columns: Columns, limits: Limits, names: SideNames): void;
}

/** What the lines are called: while a promotion bakes, the release on trial is no candidate any more. */
export interface SideNames {
  readonly stable: string;
  readonly candidate: string;
}

interface ChartSpec {
  readonly id: string;
  readonly series: readonly { readonly label: string; readonly color: string; readonly dash?: number[] }[];
  readonly unit: string;
  /** The axis reaches at least to this. */
  readonly atLeast: number;
}

const STABLE = { label: 'stable', color: '--stable', dash: [6, 3] };
const CANDIDATE = { label: 'candidate', color: '--candidate' };
const LIMIT = { label: 'limit', color: '--bad', dash: [2, 4] };

const SPECS: readonly ChartSpec[] = [
  { id: 'chart-rates', series: [STABLE, CANDIDATE], unit: '/s', atLeast: 1 },
  { id: 'chart-failures', series: [STABLE, CANDIDATE, LIMIT], unit: ' %', atLeast: 0.1 },
  { id: 'chart-p95', series: [STABLE, CANDIDATE, LIMIT], unit: ' ms', atLeast: 1 },
  { id: 'chart-weight', series: [CANDIDATE], unit: ' %', atLeast: 100 },
];

const HEIGHT = 130;
const SHOWN_SECONDS = 600;
const LEAST_SECONDS = 60;

export function createCharts(): Charts {
  let charts = SPECS.map(chartOf);
  let latest: (readonly [number[], ...Column[]])[] | null = null;

  function redraw(): void {
    for (const [i, chart] of charts.entries()) {
      const columns = latest?.[i];
      if (columns !== undefined) chart.setData(columns as uPlot.AlignedData);
    }
  }

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of charts) chart.destroy();
    charts = SPECS.map(chartOf);
    redraw();
  });
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const at = SPECS.findIndex(({ id }) => id === target.id);
      const width = Math.floor(contentRect.width);
      if (width > 0 && charts[at]!.width !== width) charts[at]!.setSize({ width, height: HEIGHT });
    }
  });
  for (const { id } of SPECS) resized.observe(byId(id));

  return {
    draw({ seconds, rates, failures, p95, weight }, limits, names) {
      const constant = (value: number | null): Column => seconds.map(() => value);
      latest = [
        [seconds, ...rates],
        [seconds, ...failures, constant(limits.failures)],
        [seconds, ...p95, constant(limits.p95)],
        [seconds, weight],
      ];
      // What nobody sees is not drawn.
      if (document.visibilityState === 'visible') redraw();
      describe('rates', rates, '/s', names);
      describe('failures', failures, ' %', names);
      describe('p95', p95, ' ms', names);
      setText(byId('now-failures-limit'), limitShown(limits.failures, ' %'));
      setText(byId('now-p95-limit'), limitShown(limits.p95, ' ms'));
      setText(byId('now-weight'), `${names.candidate} ${shown(weight.at(-1), ' %')}`);
    },
  };
}

/** The latest numbers in words, for those who do not see the lines. */
function describe(name: string, [stable, candidate]: readonly [Column, Column], unit: string, names: SideNames): void {
  setText(byId(`now-${name}-stable`), `${names.stable} ${shown(stable.at(-1), unit)}`);
  setText(byId(`now-${name}-candidate`), `${names.candidate} ${shown(candidate.at(-1), unit)}`);
}

function shown(value: number | null | undefined, unit: string): string {
  return value === null || value === undefined ? '–' : `${Number(value.toPrecision(3))}${unit}`;
}

const limitShown = (limit: number | null, unit: string): string =>
  limit === null ? '' : `limit ${shown(limit, unit)}`;

function chartOf({ id, series, unit, atLeast }: ChartSpec): uPlot {
  const target = byId(id);
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const options: uPlot.Options = {
    width: Math.max(200, Math.floor(target.getBoundingClientRect().width)),
    height: HEIGHT,
    // To the right there is room for half of the last time.
    padding: [10, 26, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'weir' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true, range: timesOf }, y: { range: (_chart, _low, high) => [0, topOf(high, atLeast)] } },
    axes: [
      { ...axis, size: 24, space: 64, values: '{HH}:{mm}:{ss}' },
      { ...axis, size: widthOf, space: 26, values: (_chart, values) => values.map((value) => `${value}${unit}`) },
    ],
    series: [
      {},
      ...series.map(({ label, color: name, dash }) => ({
        label,
        stroke: color(name),
        width: label === 'candidate' ? 2 : 1.5,
        ...(dash !== undefined && { dash }),
        // A weight is set, it does not glide.
        ...(atLeast === 100 && { paths: uPlot.paths.stepped!({ align: -1 }) }),
        points: { show: false },
      })),
    ],
  };
  const empty = [[], ...series.map(() => [])] as unknown as uPlot.AlignedData;
  return new uPlot(options, empty, target);
}

/** Of the axis, in pixels: what its longest number takes, and no less than what the usual ones do. */
function widthOf(_chart: uPlot, values: string[] | null): number {
  return Math.max(50, ...(values ?? []).map(({ length }) => 7 * length + 12));
}

/** Ten minutes, or what there is of them. */
function timesOf(_chart: uPlot, first: number | null, last: number | null): [number, number] {
  if (first === null || last === null) return [0, LEAST_SECONDS];
  return [Math.min(last - LEAST_SECONDS, Math.max(first, last - SHOWN_SECONDS)), last];
}

function topOf(high: number | null, atLeast: number): number {
  return Math.max(high ?? 0, atLeast) * (atLeast === 100 ? 1 : 1.15);
}
