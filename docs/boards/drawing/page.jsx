// One board as Grafana would show it: its JSON and the store's answers, both given in window.BOARD.
import { createTheme, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome, PortalContainer } from '@grafana/ui';
import { createRoot } from 'react-dom/client';

import { prepared } from './frames.jsx';
import { panels } from './panels.jsx';

const { board, answers, range } = window.BOARD;
const theme = createTheme({ colors: { mode: 'dark' } });
const COLUMNS = 24, ROW = 30, GAP = 8, WIDTH = window.BOARD.width;
const column = (WIDTH - 2 * GAP - (COLUMNS - 1) * GAP) / COLUMNS;

function Placed({ panel }) {
  const { x, y, w, h } = panel.gridPos;
  const width = w * column + (w - 1) * GAP, height = h * ROW + (h - 1) * GAP;
  const Panel = panels[panel.type];
  const span = answers[panel.id]?.range ?? range;
  const data = panel.type === 'text' ? [] : prepared(panel, answers[panel.id].answers, theme);
  return (
    <div style={{ position: 'absolute', left: GAP + x * (column + GAP), top: GAP + y * (ROW + GAP), width, height }}>
      <PanelChrome title={panel.title} width={width} height={height} description={panel.description ? () => panel.description : undefined}>
        {(w2, h2) => <Panel panel={panel} data={data} width={w2} height={h2} range={span} theme={theme} />}
      </PanelChrome>
    </div>
  );
}

const bottom = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
const chosen = (board.templating?.list ?? []).map((each) => `${each.label}: ${each.current.text}`).join('   ');
createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <PortalContainer />
    <div style={{ padding: '10px 16px 0', color: theme.colors.text.primary, fontSize: 18 }}>
      {board.title}
      <span style={{ marginLeft: 24, fontSize: 13, color: theme.colors.text.secondary }}>{chosen}</span>
    </div>
    <div style={{ position: 'relative', width: WIDTH, height: bottom * (ROW + GAP) + GAP }}>
      {board.panels.map((panel) => <Placed key={panel.id} panel={panel} />)}
    </div>
  </ThemeContext.Provider>
);
