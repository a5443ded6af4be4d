import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/support/random.ts';
import { bucketInCookie, bucketOfValue, cookieLine, drawBucket, keyOf, NO_BUCKET } from '../../src/traffic/bucket.ts';

const NAME = Buffer.from('weir');

/** Reads a Cookie value as it stands in the middle of other bytes. */
function read(value: string): number {
  const bytes = Buffer.from(`cookie: ${value}; weir=4242\r\n`);
  return bucketInCookie(bytes, 8, 8 + Buffer.byteLength(value), NAME);
}

const bucketOf = (value: string, service = 'shop'): number => {
  const bytes = Buffer.from(value);
  return bucketOfValue(bytes, 0, bytes.length, keyOf(service));
};

describe('the bucket in a cookie', () => {
  it.each([
    ['weir=0', 0],
    ['weir=9999', 9999],
    ['weir=0042', 42],
    ['a=b; weir=7', 7],
    ['a=b;weir=7', 7],
    ['weir=7; a=b', 7],
    ['theweir=1; weir=2', 2],
    ['weir2=1; weir=2', 2],
    ['  weir=7', 7],
  ])('of "%s" is %i', (value, bucket) => {
    expect(read(value)).toBe(bucket);
  });

  it.each([
    '',
    'weir',
    'weir=',
    'weir=;',
    'weir=10000',
    'weir=00007',
    'weir=-1',
    'weir=7a',
    'weir= 7',
    'weir=7 ',
    'weir="7"',
    'Weir=7',
    'a=weir=7',
    'weir:7',
    'weir=+7',
    'weir=%37',
  ])('of "%s" is none', (value) => {
    expect(read(value)).toBe(NO_BUCKET);
  });

  it('is what was written there, and anything else is none or a bucket', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), fc.boolean(), (bucket, isSecure) => {
        const [pair] = cookieLine('weir', bucket, isSecure).slice('set-cookie: '.length).split(';');
        expect(read(pair!)).toBe(bucket);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (value) => {
        const bucket = read(value);
        expect(bucket === NO_BUCKET || (Number.isInteger(bucket) && bucket >= 0 && bucket < 10_000)).toBe(true);
      }),
    );
  });
});

describe('the bucket of a header', () => {
  it('spreads users evenly, also when they differ in their last letter only', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let user = 0; user < 10_000; user++) tenths[Math.floor(bucketOf(`user-${user}`) / 1000)]!++;
    // Five standard deviations of a fair draw.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('depends on the service, so that one user is not the first victim everywhere', () => {
    let same = 0;
    for (let user = 0; user < 2000; user++) {
      if (bucketOf(`user-${user}`, 'shop') < 500 && bucketOf(`user-${user}`, 'cart') < 500) same++;
    }
    expect(same).toBeLessThan(20);
  });

  it('is the same wherever the value stands', () => {
    const bytes = Buffer.from('x-user-id: ann\r\n');
    expect(bucketOfValue(bytes, 11, 14, keyOf('shop'))).toBe(bucketOf('ann'));
  });
});

describe('a drawn bucket', () => {
  it('is one of 0 to 9999, both ends included', () => {
    expect([drawBucket(() => 0), drawBucket(() => 1 - Number.EPSILON)]).toEqual([0, 9999]);
    const random = seededRandom(1);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 10_000; count++) tenths[Math.floor(drawBucket(random) / 1000)]!++;
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
