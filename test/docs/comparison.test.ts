import { describe, expect, it } from 'vitest';
import { rowsOf } from '../markdown.ts';
import { textOf } from './pages.ts';

/** What is measured stands in README.md, which the bench writes; the comparison repeats some of it. */
const readme = textOf('README.md');
const page = textOf('docs/comparison.md');
const [, small = ''] = /\*\*small answer, 64 connections\*\*\n([\s\S]*?)\n\*\*/.exec(readme) ?? [];
const measured = new Map(rowsOf(small).map(([name = '', ...cells]) => [name, cells]));
/** By the bench of memory alone. */
const memoryAlone = /at 64 busy connections, (\d+) MB on Node 26/.exec(readme)?.[1];
const cellsOf = (row: string) => rowsOf(page).find(([name]) => name === row)!;

describe('docs/comparison.md', () => {
  it('repeats the CPU and the memory that README.md says were measured', () => {
    expect(measured.size).toBeGreaterThan(3);
    const [, weirCpu, , , , haproxyCpu, nginxCpu] = cellsOf('CPU of the data path');
    const [cpu, ratio, , memory] = measured.get('weir')!;
    expect(weirCpu).toContain(`${cpu} µs a small request, ${ratio} × nginx`);
    expect([haproxyCpu, nginxCpu]).toEqual([`${measured.get('haproxy')![0]} µs`, `${measured.get('nginx')![0]} µs`]);
    const [, weirMemory, , , , haproxyMemory, nginxMemory] = cellsOf('memory of one');
    expect(weirMemory).toContain(`${memory} MB at 64 busy connections`);
    expect([haproxyMemory, nginxMemory]).toEqual([
      `${measured.get('haproxy')![3]} MB`,
      `${measured.get('nginx')![3]} MB`,
    ]);
  });

  it.each(['docs/faq.md', 'docs/kubernetes.md', 'bench/soak.md'])(
    'leaves the memory that README.md measures alone as it is in %s',
    (other) => {
      expect(memoryAlone).toMatch(/^\d+$/);
      expect(textOf(other)).toMatch(new RegExp(`\\b${memoryAlone} MB (?:of memory with|resident)`));
    },
  );

  it('repeats the time to find a candidate that fails everything', () => {
    const rows = rowsOf(readme).filter(([rate]) => rate === '50/s' || rate === '0.5/s');
    const medians = rows
      .map(([, all = '']) => /^([\d.]+) \/ [\d.]+$/.exec(all)?.[1])
      .filter((median) => median !== undefined);
    const [, weir = ''] = cellsOf('time to take out a canary that fails everything');
    const [, quick, slow] = /^([\d.]+) to ([\d.]+) s/.exec(weir)!;
    expect(
      medians
        .map(Number)
        .map((seconds) => Number(seconds.toPrecision(1)))
        .toSorted((one, other) => one - other),
    ).toEqual([quick, slow].map(Number));
  });

  it('says when it was written, and gives an address for each of the others', () => {
    expect(page).toMatch(/^As of \d{4}-\d{2}-\d{2}/m);
    const sources = page.slice(page.indexOf('## Sources'));
    for (const name of ['ingress-nginx', 'Flagger', 'Argo Rollouts', 'Envoy', 'Istio', 'HAProxy', 'nginx,']) {
      expect(sources).toMatch(new RegExp(`^\\| ${name}.*<https://`, 'm'));
    }
  });
});
