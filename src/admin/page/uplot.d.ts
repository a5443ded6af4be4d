/** The library under the name by which Weir serves it, because no browser knows a bare `uplot` without a bundler. */
export { default } from 'uplot';
