import type { Family } from './families.ts';
import { counter, gauge } from './families.ts';

/**
 * The handful of runtime metrics that cost nothing between scrapes. The metrics library's default set
 * is not used: it keeps a timer that fires a hundred times a second and is called at every garbage
 * collection, which on this data path are many.
 */
export const RUNTIME_FAMILIES: readonly Family[] = [
  counter('process_cpu_seconds_total', 'User and system CPU time in seconds.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  }),
  gauge('process_resident_memory_bytes', 'Resident memory in bytes.', () => process.memoryUsage.rss()),
  gauge('nodejs_heap_size_used_bytes', 'Used heap in bytes.', () => process.memoryUsage().heapUsed),
  gauge('process_start_time_seconds', 'Start in seconds since the Unix epoch.', () => performance.timeOrigin / 1000),
];
