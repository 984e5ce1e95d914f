// The store's answers as Grafana's data source shapes them, then a panel's transformations and overrides.
import {
  applyFieldOverrides, cacheFieldDisplayNames, FieldColorModeId, FieldType, Registry, standardTransformers, standardTransformersRegistry,
  toDataFrame, transformDataFrame,
} from '@grafana/data';

standardTransformersRegistry.setInit(() => Object.values(standardTransformers)
  .filter((each, n, all) => each?.id && all.findIndex(({ id }) => id === each.id) === n)
  .map((each) => ({ id: each.id, name: each.name ?? each.id, transformation: each, editor: () => null })));

const identity = (value) => value;
const standard = ['unit', 'decimals', 'displayName', 'mappings', 'thresholds', 'color', 'noValue', 'min', 'max', 'links'];
const custom = [
  'drawStyle', 'lineStyle', 'lineInterpolation', 'lineWidth', 'fillOpacity', 'showPoints', 'pointSize', 'spanNulls',
  'insertNulls', 'barAlignment', 'hideFrom', 'width', 'cellOptions', 'hidden', 'axisPlacement', 'stacking', 'thresholdsStyle',
  'axisBorderShow', 'align', 'wrapText',
];
const registry = new Registry(() => [
  ...standard.map((id) => ({ id, path: id, name: id, process: identity, shouldApply: () => true })),
  ...custom.map((id) => ({ id: `custom.${id}`, path: id, name: id, isCustom: true, process: identity, shouldApply: () => true })),
]);

const timeField = (values) => ({ name: 'Time', type: FieldType.time, values, config: {} });

function typed(name, values, extra = {}) {
  const first = values.find((value) => value !== null && value !== undefined);
  const type = { number: FieldType.number, boolean: FieldType.boolean, string: FieldType.string }[typeof first] ?? FieldType.number;
  return { name, type, values, config: {}, ...extra };
}

function named(alias, series, field) {
  if (!alias) return `${series.name}.${field}`;
  const tagged = alias.replace(/\$tag_(\w+)/g, (_, tag) => series.tags?.[tag] ?? '');
  return tagged.replace(/\$col/g, field);
}

function asTable({ series }, refId) {
  if (!series.length) return [];
  const tags = Object.keys(series[0].tags ?? {});
  const columns = series[0].columns.slice(1);
  const rows = series.flatMap((each) => each.values.map((row) => [row[0], ...tags.map((tag) => each.tags[tag]), ...row.slice(1)]));
  const fields = [...tags, ...columns].map((name, n) => typed(name, rows.map((row) => row[n + 1])));
  return [toDataFrame({ refId, fields: [timeField(rows.map((row) => row[0])), ...fields] })];
}

const asSeries = ({ series }, refId, alias) => series.flatMap((each) => each.columns.slice(1).map((column, n) => {
  const displayNameFromDS = named(alias, each, column);
  const value = typed('Value', each.values.map((row) => row[n + 1]), { config: { displayNameFromDS } });
  return toDataFrame({ refId, name: displayNameFromDS, fields: [timeField(each.values.map((row) => row[0])), value] });
}));

const synchronously = (observable) => {
  let found = [];
  observable.subscribe((value) => { found = value; });
  return found;
};

export function prepared(panel, answers, theme) {
  const frames = panel.targets.flatMap((target, n) => target.resultFormat === 'table'
    ? asTable(answers[n], target.refId) : asSeries(answers[n], target.refId, target.alias));
  const shaped = synchronously(transformDataFrame(panel.transformations ?? [], frames, { interpolate: identity }));
  const config = structuredClone(panel.fieldConfig ?? { defaults: {}, overrides: [] });
  config.defaults.color ??= { mode: FieldColorModeId.PaletteClassic };
  const finished = applyFieldOverrides({
    data: shaped, fieldConfig: config, replaceVariables: identity, theme, timeZone: 'Asia/Shanghai', fieldConfigRegistry: registry,
  });
  cacheFieldDisplayNames(finished);
  return finished;
}
