// Panels by type. Stat, time series, table and bar gauge are Grafana's components; strips, bars and text are drawn
// here from Grafana's own display values; the map is OpenLayers, as in Grafana.
import { dateTime, FieldType, getDisplayProcessor, getFieldDisplayName, getFieldDisplayValues, renderMarkdown } from '@grafana/data';
import { BarGauge, BigValue, TimeSeries, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

import { Geomap } from './geomap.jsx';

const identity = (value) => value;
const zone = 'Asia/Shanghai';

function values(panel, data, theme) {
  const reduceOptions = { values: false, calcs: ['lastNotNull'], fields: '', ...panel.options?.reduceOptions };
  return getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions, replaceVariables: identity, theme, data, sparkline: false, timeZone: zone,
  });
}

function Stat({ panel, data, width, height, theme }) {
  const { options } = panel;
  const shown = values(panel, data, theme);
  return (
    <VizRepeater
      source={shown} getValues={() => shown} width={width} height={height} renderCounter={0}
      orientation={options.orientation === 'horizontal' ? 'horizontal' : options.orientation ?? 'auto'}
      itemSpacing={3}
      renderValue={({ value, width: w, height: h }) => (
        <BigValue value={{ ...value.display, title: value.display.title }} width={w} height={h} theme={theme} count={shown.length}
          colorMode={options.colorMode} graphMode={options.graphMode} textMode={options.textMode} justifyMode={options.justifyMode} text={options.text} />
      )}
    />
  );
}

const Series = ({ panel, data, width, height, range }) => (
  <TimeSeries frames={data} width={width} height={height} timeZone={zone} structureRev={1}
    timeRange={{ from: dateTime(range[0]), to: dateTime(range[1]), raw: { from: dateTime(range[0]), to: dateTime(range[1]) } }}
    legend={{ calcs: [], ...panel.options.legend }} options={panel.options} />
);

function Table({ panel, data, width, height, theme }) {
  if (!data.length) return <Nothing theme={theme} />;
  return (
    <TableNG data={data[0]} width={width} height={height} initialSortBy={panel.options.sortBy} timeRange={undefined}
      enableVirtualization={false} getActions={() => []} fieldConfig={panel.fieldConfig} sortByBehavior="initial" />
  );
}

function Gauge({ panel, data, width, height, theme }) {
  const shown = values(panel, data, theme);
  return (
    <VizRepeater
      source={shown} getValues={() => shown} width={width} height={height} orientation="horizontal" itemSpacing={6} renderCounter={0}
      renderValue={({ value, width: w, height: h }) => (
        <BarGauge value={value.display} width={w} height={h} field={value.field} theme={theme} orientation="horizontal"
          displayMode={panel.options.displayMode} display={value.view?.getFieldDisplayProcessor(value.colIndex)} itemSpacing={6} />
      )}
    />
  );
}

const Nothing = ({ theme }) => (
  <div style={{ display: 'grid', placeItems: 'center', height: '100%', color: theme.colors.text.secondary }}>No data</div>
);

const NAMES = 190, TICKS = 22;

function Strips({ panel, data, width, height, range, theme, squares }) {
  const rows = data.flatMap((frame) => frame.fields.filter((field) => field.type !== FieldType.time).map((field) => ({ frame, field })));
  if (!rows.length) return <Nothing theme={theme} />;
  const room = width - NAMES, step = (height - TICKS) / rows.length;
  const at = (time) => NAMES + (room * (time - range[0])) / (range[1] - range[0]);
  const gap = Number(panel.fieldConfig.defaults.custom?.spanNulls) || (squares ? 86400e3 : range[1] - range[0]);
  return (
    <svg width={width} height={height} fontSize="12" fill={theme.colors.text.primary} fontFamily={theme.typography.fontFamily}>
      {rows.map(({ frame, field }, row) => {
        const times = frame.fields[0].values;
        const display = field.display ?? getDisplayProcessor({ field, theme });
        const strips = [];
        times.forEach((time, n) => {
          const value = field.values[n];
          if (value === null) return;
          const end = Math.min(times[n + 1] ?? range[1], time + gap, range[1]);
          const last = strips.at(-1);
          if (!squares && last && last.value === value && last.end >= time) last.end = end;
          else strips.push({ value, start: Math.max(time, range[0]), end });
        });
        return (
          <g key={row} transform={`translate(0 ${row * step})`}>
            <text x={NAMES - 8} y={step / 2 + 4} textAnchor="end">{getFieldDisplayName(field, frame, data)}</text>
            {strips.map(({ value, start, end }, n) => {
              const { color, text } = display(value);
              const wide = Math.max(at(end) - at(start) - (squares ? 1 : 0), 1);
              return (
                <g key={n}>
                  <rect x={at(start)} y={3} width={wide} height={step - 6} fill={color} opacity={0.9} />
                  {!squares && wide > 24 && <text x={at(start) + 6} y={step / 2 + 4} fill={theme.colors.getContrastText(color)}>{text}</text>}
                </g>
              );
            })}
          </g>
        );
      })}
      {[0.1, 0.3, 0.5, 0.7, 0.9].map((share) => (
        <text key={share} x={NAMES + room * share} y={height - 5} textAnchor="middle" fill={theme.colors.text.secondary}>
          {dateTime(range[0] + share * (range[1] - range[0])).utcOffset(480).format('MM-DD HH:mm')}
        </text>
      ))}
    </svg>
  );
}

function Bars({ panel, data, width, height, theme }) {
  const frame = data[0];
  if (!frame) return <Nothing theme={theme} />;
  const [hours, ...series] = frame.fields;
  const left = 34, low = height - 44, step = (width - left) / hours.values.length;
  const most = Math.max(...series.flatMap((field) => field.values.filter((value) => value !== null))) || 1;
  const palette = theme.visualization.palette.map((name) => theme.visualization.getColorByName(name));
  return (
    <svg width={width} height={height} fontSize="12" fill={theme.colors.text.primary} fontFamily={theme.typography.fontFamily}>
      {[0, 0.5, 1].map((share) => <text key={share} x={left - 6} y={low - share * (low - 14) + 4} textAnchor="end">{Math.round(share * most)}</text>)}
      {series.map((field, k) => hours.values.map((hour, n) => {
        const tall = ((field.values[n] ?? 0) / most) * (low - 14), wide = (step * 0.8) / series.length;
        return <rect key={`${k} ${n}`} x={left + n * step + k * wide} y={low - tall} width={wide - 1} height={tall} fill={palette[k]} opacity={0.8} />;
      }))}
      {hours.values.map((hour, n) => <text key={n} x={left + (n + 0.4) * step} y={low + 16} textAnchor="middle">{hour}</text>)}
      {series.map((field, k) => (
        <g key={k} transform={`translate(${left + k * 110} ${height - 10})`}>
          <rect width={14} height={4} y={-6} fill={palette[k]} /><text x={20}>{getFieldDisplayName(field, frame, data)}</text>
        </g>
      ))}
    </svg>
  );
}

const Text = ({ panel }) => <div className="markdown-html" dangerouslySetInnerHTML={{ __html: renderMarkdown(panel.options.content) }} />;

export const panels = {
  stat: Stat, timeseries: Series, table: Table, bargauge: Gauge, barchart: Bars, geomap: Geomap, text: Text,
  'state-timeline': Strips, 'status-history': (props) => <Strips {...props} squares />,
};
