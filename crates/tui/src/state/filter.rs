use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Characters of a filter; the API takes no longer ones.
const LONGEST: usize = 1000;

/// A filter that is being written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Editor {
    text: Vec<char>,
    /// The character before which the next one comes.
    pub(crate) cursor: usize,
}

/// What is to be done with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Edited {
    GoOn,
    Cancel,
    Apply(String),
}

impl Editor {
    pub(super) fn new(text: &str) -> Self {
        let text: Vec<char> = text.chars().collect();
        Self { cursor: text.len(), text }
    }

    pub(crate) fn text(&self) -> String {
        self.text.iter().collect()
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Edited {
        let with_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Edited::Apply(self.text().trim().to_owned()),
            KeyCode::Esc => return Edited::Cancel,
            KeyCode::Char('c') if with_control => return Edited::Cancel,
            KeyCode::Char('u') if with_control => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('a') if with_control => self.cursor = 0,
            KeyCode::Char('e') if with_control => self.cursor = self.text.len(),
            KeyCode::Char('w') if with_control => self.delete_word(),
            KeyCode::Char(c) if !with_control && !c.is_control() && self.text.len() < LONGEST => {
                self.text.insert(self.cursor, c);
                self.cursor += 1;
            }
            KeyCode::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.cursor);
            }
            KeyCode::Delete if self.cursor < self.text.len() => {
                self.text.remove(self.cursor);
            }
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.text.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => {}
        }
        Edited::GoOn
    }

    fn delete_word(&mut self) {
        let before = self.text.get(..self.cursor).unwrap_or_default();
        let word = before.iter().rposition(|c| *c != ' ').unwrap_or_default();
        let start = before.get(..word).unwrap_or_default().iter().rposition(|c| *c == ' ');
        let start = start.map_or(0, |space| space + 1);
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(editor: &mut Editor, code: KeyCode) -> Edited {
        editor.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn text_is_edited_at_the_cursor() {
        let mut editor = Editor::new("bytes > 1");
        press(&mut editor, KeyCode::Char('M'));
        press(&mut editor, KeyCode::Home);
        for c in "src_ä".chars() {
            press(&mut editor, KeyCode::Char(c));
        }
        press(&mut editor, KeyCode::Backspace);
        assert_eq!(press(&mut editor, KeyCode::Enter), Edited::Apply("src_bytes > 1M".into()));
        press(&mut editor, KeyCode::End);
        editor.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(editor.text(), "src_bytes > ");
        editor.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!((editor.text().as_str(), editor.cursor), ("", 0));
        press(&mut editor, KeyCode::Backspace);
        press(&mut editor, KeyCode::Delete);
        editor.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(press(&mut editor, KeyCode::Esc), Edited::Cancel);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut editor = Editor::default();
        for _ in 0..3000 {
            press(&mut editor, KeyCode::Char('x'));
        }
        assert_eq!(editor.text().len(), LONGEST);
    }
}
