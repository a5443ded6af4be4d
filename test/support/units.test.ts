import { assert, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatRatio,
  formatShare,
  formatSize,
  parseDuration,
  parseRatio,
  parseShare,
  parseSize,
} from '../../src/support/units.ts';

describe('a duration', () => {
  it.each([
    ['100ms', 100],
    ['5s', 5000],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
    ['0.5s', 500],
    ['1.1s', 1100],
    ['0s', 0],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toEqual({ value: durationMs });
  });

  it.each([
    '',
    '5',
    's',
    '-5s',
    '+5s',
    '5 s',
    '5S',
    '1m30s',
    '0.5ms',
    '0.0000001ms',
    '1e3s',
    '.5s',
    '5.s',
    '0x5s',
    '1,5s',
    '5s ',
    '99999999999999d',
  ])('is never read from %j', (text) => {
    expect(parseDuration(text)).toEqual({
      mistake: `expected a duration like 100ms, 5s, 2m, 1h or 30d, got "${text}"`,
    });
  });

  it.each([
    [0, '0ms'],
    [90_000, '90s'],
    [120_000, '2m'],
    [86_400_000, '1d'],
    [1234, '1234ms'],
    [303.4, '303ms'],
  ])('of %d ms is written %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it('is read back as it was written', () => {
    assert(
      property(nat({ max: 10_000_000_000 }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toEqual({ value: durationMs });
      }),
    );
  });
});

describe('a size', () => {
  it.each([
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
    ['1.5KiB', 1536],
    ['1000', 1000],
  ])('%s is %d bytes', (text, sizeBytes) => {
    expect(parseSize(text)).toEqual({ value: sizeBytes });
  });

  it.each(['', '64KB', '64kib', '64 KiB', '-1KiB', '0.5', '1B', 'KiB'])('is never read from %j', (text) => {
    expect(parseSize(text)).toEqual({
      mistake: `expected a size like 64KiB, 1MiB or a plain number of bytes, got "${text}"`,
    });
  });

  it('is read back as it was written', () => {
    assert(
      property(nat({ max: 10_000_000_000 }), (sizeBytes) => {
        expect(parseSize(formatSize(sizeBytes))).toEqual({ value: sizeBytes });
      }),
    );
    expect(formatSize(65_536)).toBe('64KiB');
  });
});

describe('a ratio', () => {
  it.each([
    ['0.5%', 0.005],
    ['0%', 0],
    ['100%', 1],
    ['0.001%', 0.000_01],
  ])('%s is %d', (text, ratio) => {
    expect(parseRatio(text)).toEqual({ value: ratio });
  });

  it.each(['', '5', '%', '100.1%', '-1%', '5 %', '5s', '0,5%'])('is never read from %j', (text) => {
    expect(parseRatio(text)).toEqual({ mistake: `expected a share like 0.5%, between 0% and 100%, got "${text}"` });
  });

  it('is written without the tail of a binary fraction', () => {
    expect([0.07, 0.005, 1, 0, 0.1 + 0.2, 0.000_01].map(formatRatio)).toEqual([
      '7%',
      '0.5%',
      '100%',
      '0%',
      '30%',
      '0.001%',
    ]);
  });
});

describe('a share', () => {
  it('is read back as it was written, for each of its 10001 values', () => {
    for (let share = 0; share <= 10_000; share += 1) expect(parseShare(formatShare(share))).toEqual({ value: share });
  });

  it('is refused when it is finer than a hundredth of a percent', () => {
    expect(parseShare('0.005%')).toHaveProperty('mistake');
    expect(parseShare('0.01%')).toEqual({ value: 1 });
    expect(parseShare('100.01%')).toHaveProperty('mistake');
  });

  it('is written in percent', () => {
    expect([500, 50, 1, 10_000].map(formatShare)).toEqual(['5%', '0.5%', '0.01%', '100%']);
  });
});
