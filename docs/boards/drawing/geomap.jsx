// The map as Grafana's geomap makes it: OpenLayers, the base layer from the board's own GeoJSON, marks, their numbers.
import { getFieldDisplayName } from '@grafana/data';
import Feature from 'ol/Feature';
import GeoJSON from 'ol/format/GeoJSON';
import Point from 'ol/geom/Point';
import VectorLayer from 'ol/layer/Vector';
import Map from 'ol/Map';
import { fromLonLat } from 'ol/proj';
import VectorSource from 'ol/source/Vector';
import { Circle, Fill, RegularShape, Stroke, Style, Text } from 'ol/style';
import View from 'ol/View';
import { useEffect, useRef } from 'react';

function marked({ color, opacity, size, symbol, text, textConfig }, font) {
  const stroke = new Stroke({ color, width: 1 });
  const fill = opacity > 0 ? new Fill({ color }) : undefined;
  const image = symbol?.fixed.includes('square')
    ? new RegularShape({ stroke, fill, points: 4, radius: size, angle: Math.PI / 4 })
    : new Circle({ stroke, fill, radius: size });
  const letters = text ? new Text({ text, fill: new Fill({ color }), font: `normal ${textConfig.fontSize}px ${font}`, ...textConfig }) : undefined;
  return new Style({ image, text: letters });
}

function ground({ config }, font) {
  const source = new VectorSource({ url: config.src, format: new GeoJSON() });
  const style = (feature) => {
    const rule = config.rules.find(({ check }) => `${feature.get(check.property)}` === check.value);
    const { style: given } = rule ?? config;
    const color = given.color.fixed;
    if (feature.getGeometry().getType() !== 'Point') {
      return new Style({ fill: new Fill({ color }), stroke: new Stroke({ color, width: 1 }) });
    }
    return marked({ ...given, color, size: given.size.fixed, text: feature.get(given.text.field) }, font);
  };
  return new VectorLayer({ source, style });
}

function marks(layer, data, font) {
  const frame = data.find(({ refId }) => refId === layer.filterData.options);
  const column = (name) => frame?.fields.find((field) => field.name === name || getFieldDisplayName(field, frame) === name);
  const { style } = layer.config;
  const lons = column('lon')?.values ?? [];
  const features = [...lons].map((lon, n) => {
    const feature = new Feature(new Point(fromLonLat([lon, column('lat').values[n]])));
    const field = column(style.color.field), text = column(style.text?.field);
    const color = field.display(field.values[n]).color;
    const shown = text?.display(text.values[n]).text;
    feature.setStyle(marked({ ...style, color, size: style.size.fixed, text: shown }, font));
    return feature;
  });
  return new VectorLayer({ source: new VectorSource({ features }) });
}

export function Geomap({ panel, data, width, height, theme }) {
  const target = useRef();
  useEffect(() => {
    const { view, basemap, layers } = panel.options;
    const font = theme.typography.fontFamily;
    const map = new Map({
      target: target.current, controls: [], interactions: [],
      layers: [ground(basemap, font), ...layers.map((layer) => marks(layer, data, font))],
      view: new View({ center: fromLonLat([view.lon, view.lat]), zoom: view.zoom }),
    });
    return () => map.setTarget(undefined);
  }, []);
  return <div ref={target} style={{ width, height }} />;
}
