/** Reads one sample of a Prometheus text exposition; null when there is none. Labels must be all of the sample's. */
export function metricOf(exposition: string, name: string, labels: Readonly<Record<string, string>>): number | null {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  for (const line of exposition.split('\n')) {
    const parts = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (parts === null || parts[1] !== name) continue;
    const given = (parts[2] ?? '').split(',').filter((label) => label !== '');
    if (given.length === wanted.length && wanted.every((label) => given.includes(label))) return Number(parts[3]);
  }
  return null;
}
