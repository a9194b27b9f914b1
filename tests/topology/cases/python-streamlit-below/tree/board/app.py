import streamlit as st

from harvest import BASKETS

st.metric("Baskets", BASKETS)
