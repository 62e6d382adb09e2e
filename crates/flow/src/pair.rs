use std::ops::{Index, IndexMut};

use bytemuck::{Pod, Zeroable};

/// A side of a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// The side that opened it.
    Src,
    /// The other side.
    Dst,
}

impl Who {
    /// The other side.
    #[inline]
    pub fn other(self) -> Self {
        match self {
            Self::Src => Self::Dst,
            Self::Dst => Self::Src,
        }
    }
}

/// One value for each side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct Pair<T>(pub [T; 2]);

impl<T> Pair<T> {
    /// The values of a side and of its peer.
    #[inline]
    pub fn split(&mut self, who: Who) -> (&mut T, &mut T) {
        let [src, dst] = &mut self.0;
        match who {
            Who::Src => (src, dst),
            Who::Dst => (dst, src),
        }
    }
}

impl<T> Index<Who> for Pair<T> {
    type Output = T;

    #[inline]
    fn index(&self, who: Who) -> &T {
        let [src, dst] = &self.0;
        match who {
            Who::Src => src,
            Who::Dst => dst,
        }
    }
}

impl<T> IndexMut<Who> for Pair<T> {
    #[inline]
    fn index_mut(&mut self, who: Who) -> &mut T {
        let [src, dst] = &mut self.0;
        match who {
            Who::Src => src,
            Who::Dst => dst,
        }
    }
}
