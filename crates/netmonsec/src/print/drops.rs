use model::Drops;

use super::terminal::Style;
use super::units::exact;

/// Where the packets went, as the two sums that always hold; each piece is a text and its style.
pub(super) fn sums(drops: &Drops) -> [Vec<(String, Style)>; 2] {
    let Drops { received, processed, undecodable, filtered, shed, kernel } = *drops;
    let plain = |text: String| (text, Style::Plain);
    let loss = |text: String, n: u64| (text, if n > 0 { Style::Red } else { Style::Plain });
    let mut first = vec![
        plain(format!("received {} = processed {}", exact(received), exact(processed))),
        (
            format!(" + undecodable {}", exact(undecodable)),
            if undecodable > 0 { Style::Yellow } else { Style::Plain },
        ),
        plain(format!(" + filtered {}", exact(filtered))),
        loss(format!(" + shed {}", exact(shed)), shed),
    ];
    // Numbers that were taken at different moments, or a mistake: either way not to be hidden.
    let rest = i128::from(received)
        - [processed, undecodable, filtered, shed].into_iter().map(i128::from).sum::<i128>();
    if rest != 0 {
        first.push((format!(" {rest:+} under way"), Style::Dim));
    }
    let second = vec![
        plain(format!("on wire {} = received {}", exact(received.saturating_add(kernel)), exact(received))),
        loss(format!(" + kernel drops {}", exact(kernel)), kernel),
    ];
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &[(String, Style)]) -> String {
        line.iter().map(|(text, _)| text.as_str()).collect()
    }

    #[test]
    fn sums_are_written_out() {
        let drops =
            Drops { received: 1234, processed: 1200, undecodable: 30, filtered: 4, shed: 0, kernel: 0 };
        let [first, second] = sums(&drops);
        assert_eq!(text(&first), "received 1,234 = processed 1,200 + undecodable 30 + filtered 4 + shed 0");
        assert_eq!(text(&second), "on wire 1,234 = received 1,234 + kernel drops 0");
        assert!(first.iter().chain(&second).all(|(_, style)| *style != Style::Red));
    }

    #[test]
    fn loss_is_red_and_gaps_are_shown() {
        let drops = Drops { received: 10, processed: 7, shed: 1, kernel: 5, ..Drops::default() };
        let [first, second] = sums(&drops);
        assert_eq!(
            text(&first),
            "received 10 = processed 7 + undecodable 0 + filtered 0 + shed 1 +2 under way"
        );
        let red = |line: &[(String, Style)]| line.iter().filter(|(_, s)| *s == Style::Red).count();
        assert_eq!((red(&first), red(&second)), (1, 1));
    }
}
